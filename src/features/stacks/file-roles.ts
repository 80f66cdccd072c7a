import type { EngineName } from '../../kernel/stack-entry.ts';
import type { BlobKind } from '../../platform/hcl/parsed-file.ts';

const CONFIG_ENDINGS = ['.tf.json', '.tofu.json', '.tf', '.tofu'] as const;

/** Which of the four endings of configuration a file name has; null for other files, hidden ones and editors' copies. */
export function configEnding(name: string): (typeof CONFIG_ENDINGS)[number] | null {
  if (name.startsWith('.') || name.startsWith('#') || name.endsWith('~')) return null;
  return CONFIG_ENDINGS.find((ending) => name.endsWith(ending)) ?? null;
}

/** How a configuration file is parsed. */
export function configKind(name: string): BlobKind {
  return name.endsWith('.json') ? 'json' : 'hcl';
}

/**
 * The configuration files of one directory that an engine reads: `.tofu` only by OpenTofu, where `x.tofu` takes the place
 * of `x.tf` (and `x.tofu.json` of `x.tf.json`).
 */
export function readBy(engine: EngineName, names: readonly string[]): string[] {
  const config = names.filter((name) => configEnding(name) !== null);
  if (engine === 'terraform') return config.filter((name) => !isTofu(name));
  const present = new Set(config);
  return config.filter((name) => isTofu(name) || !present.has(name.replace(/\.tf(\.json)?$/, '.tofu$1')));
}

/** Whether only OpenTofu reads the file. */
export function isTofu(name: string): boolean {
  return name.endsWith('.tofu') || name.endsWith('.tofu.json');
}

/** Files whose blocks replace those of the others. */
export function isOverride(name: string): boolean {
  const ending = configEnding(name);
  if (!ending) return false;
  const stem = name.slice(0, -ending.length);
  return stem === 'override' || stem.endsWith('_override');
}

/** Variable files that the engine loads by itself. */
export function isAutoVars(name: string): boolean {
  if (name === 'terraform.tfvars' || name === 'terraform.tfvars.json') return true;
  return name.endsWith('.auto.tfvars') || name.endsWith('.auto.tfvars.json');
}

/** How a variable file is parsed. */
export function varsKind(name: string): BlobKind {
  return name.endsWith('.json') ? 'tfvars_json' : 'tfvars';
}

export const LOCK_FILE = '.terraform.lock.hcl';

/** The version file that counts for an engine. */
export function versionFile(engine: EngineName): string {
  return engine === 'terraform' ? '.terraform-version' : '.opentofu-version';
}

/** The kind to load ahead for a file of any repository; null where nothing of it is needed before it is asked for. */
export function kindAhead(path: string, mode: string): BlobKind | null {
  if (mode === '120000') return 'link';
  if (mode === '160000') return null;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (configEnding(name)) return configKind(name);
  if (isAutoVars(name)) return varsKind(name);
  if (name === LOCK_FILE) return 'lock';
  return name === '.terraform-version' || name === '.opentofu-version' ? 'version' : null;
}

/** Directories of the engine's own making: what lies in them is nobody's configuration. */
export function isEngineFolder(path: string): boolean {
  return path.startsWith('.terraform/') || path.includes('/.terraform/');
}

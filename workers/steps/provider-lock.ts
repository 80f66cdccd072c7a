import type { Diagnostic } from '../../src/kernel/plan-outcome.ts';
import type { EngineName } from '../../src/kernel/stack-entry.ts';
import { binaryName } from './resolve-engine.ts';

/** What a dependency lock file says of one provider. */
interface LockedProvider {
  readonly version: string;
  readonly hasHashes: boolean;
}

/** Who asks, for texts that can be typed. */
export interface LockPlace {
  readonly engine: EngineName;
  /** The stack's directory, repository-relative; `.` for the root. */
  readonly dir: string;
  /** Filesystem mirror, or null. */
  readonly mirror: string | null;
  /** As the engines write it: `linux_amd64`. */
  readonly platform: string;
  /** An app made the directory: to type anything there it has to be synthesised there first. */
  readonly isSynthesised?: boolean;
}

/** The platform of this machine in Go's words. */
export function enginePlatform(platform: string, arch: string): string {
  const ARCHES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return `${platform}_${ARCHES[arch] ?? arch}`;
}

/** The providers of a `.terraform.lock.hcl`, by source address. Nothing else is ever in it; what is odd is left out. */
export function lockedProviders(text: string): ReadonlyMap<string, LockedProvider> {
  const found = new Map<string, LockedProvider>();
  for (const [, source, body] of text.matchAll(/^provider\s+"([^"]+)"\s*\{([\s\S]*?)^\}/gm)) {
    const version = /^\s*version\s*=\s*"([^"]*)"/m.exec(body ?? '')?.[1];
    if (source && version !== undefined) found.set(source, { version, hasHashes: /"(h1|zh):/.test(body ?? '') });
  }
  return found;
}

/** The command that makes the lock file whole for this worker, ready to be typed at the repository's root. */
export function lockCommand({ engine, dir, mirror, platform }: LockPlace): string {
  const chdir = dir === '.' ? [] : [`-chdir=${quoted(dir)}`];
  const from = mirror === null ? [] : [`-fs-mirror=${quoted(mirror)}`];
  return [binaryName(engine), ...chdir, 'providers', 'lock', `-platform=${platform}`, ...from].join(' ');
}

/**
 * What a successful init did to the repository's lock file that a plan must not hide: a provider that is not listed, or
 * without checksums, or of another version. null where it left it as it was, or only added checksums and removed what is
 * not required.
 */
export function changedLockText(before: string, after: string, place: LockPlace): string | null {
  const known = lockedProviders(before);
  for (const [source, { version }] of lockedProviders(after)) {
    const was = known.get(source);
    const file = lockFileOf(place.dir);
    const wayOut = typed(place);
    if (!was) return `\`${file}\` does not list ${source}, which the configuration requires: ${wayOut}`;
    if (was.version !== version)
      return `\`${file}\` locks ${source} ${was.version}, and init chose ${version}: ${wayOut}`;
    if (!was.hasHashes) return `\`${file}\` has no checksums for ${source} ${version}: ${wayOut}`;
  }
  return null;
}

/** The same for an init that failed because of the lock file; null where that was not the reason. */
export function refusedLockText(diagnostics: readonly Diagnostic[], place: LockPlace): string | null {
  for (const { severity, summary, detail } of diagnostics) {
    const text = `${summary}\n${detail}`;
    if (severity !== 'error') continue;
    const file = lockFileOf(place.dir);
    const wayOut = typed(place);
    const package_ = /package for (\S+ \S+) doesn't match any of the checksums/.exec(text)?.[1];
    if (package_ !== undefined) {
      return `\`${file}\` has no checksum for ${place.platform} that fits the package of ${package_}: it was locked on another platform, or the package has changed; ${wayOut}`;
    }
    const locked = /locked provider (\S+ \S+) does not match configured version constraints? ([^;]+)/.exec(text);
    if (locked) {
      return `\`${file}\` locks ${locked[1]}, which the configuration does not allow any more (${locked[2]?.trim()}): remove its block from the file, ${wayOut}`;
    }
  }
  return null;
}

/** Said where a repository has no lock file and its providers are not all built into the engine; else null. */
export function missingLockText(after: string, place: LockPlace): string | null {
  const chosen = [...lockedProviders(after)].map(([source, { version }]) => `${source} ${version}`);
  if (chosen.length === 0) return null;
  const more = chosen.length > 5 ? ` and ${chosen.length - 5} more` : '';
  return `there is no \`${lockFileOf(place.dir)}\`: this plan and its apply use ${chosen.slice(0, 5).join(', ')}${more}, the next plan may choose others; ${typed(place)}`;
}

/** What makes the lock file right. */
function typed(place: LockPlace): string {
  const line = `type \`${lockCommand(place)}\` and commit the file`;
  return place.isSynthesised ? `synthesise the app in a clone, ${line} (\`git add -f\`)` : line;
}

function lockFileOf(dir: string): string {
  return dir === '.' ? '.terraform.lock.hcl' : `${dir}/.terraform.lock.hcl`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

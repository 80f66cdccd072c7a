import compare from 'semver/functions/compare.js';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineName } from '../../src/kernel/stack-entry.ts';
import { exactVersion, isPrerelease, satisfiesConstraint } from './version-constraint.ts';

/** What a stack asks for. */
export interface WantedEngine {
  readonly stack: string;
  readonly name: EngineName;
  /** Exact, or a constraint; null for whatever fits. */
  readonly version: string | null;
  readonly required: readonly string[];
}

/** What this worker has. */
export interface FoundEngines {
  readonly dir: string | null;
  /** Versions that `dir` has a runnable binary for. */
  readonly versions: readonly string[];
  /** The one on PATH: with its version, or why it cannot be run. */
  readonly onPath:
    | { readonly binary: string; readonly version: string }
    | { readonly binary: string; readonly problem: string }
    | null;
}

/** Which one to take. `from: 'dir'`: `<dir>/<version>/<binary>`. */
export interface ChosenEngine {
  readonly from: 'dir' | 'path';
  readonly version: string;
}

/** File name of an engine's binary. */
export function binaryName(name: EngineName): string {
  return name === 'opentofu' ? 'tofu' : 'terraform';
}

/**
 * An exact version comes from the folder, else from PATH; a constraint takes the newest of the folder that satisfies it, else
 * PATH; without either it is PATH, else the newest of the folder; a pre-release only where nothing else fits. Throws `engine` with what is needed and where to put it.
 */
export function resolveEngine(wanted: WantedEngine, found: FoundEngines): ChosenEngine {
  const exact = wanted.version === null ? null : exactVersion(wanted.version);
  const constraints = [...wanted.required, ...(wanted.version !== null && exact === null ? [wanted.version] : [])];
  if (wanted.name === 'opentofu') refuseUnreadable(wanted);
  // A constraint that nobody can read is terraform's to complain about, with its file and line.
  const fits = (version: string) =>
    (exact === null || version === exact) && constraints.every((text) => satisfiesConstraint(version, text) !== false);
  const byRelease = (a: string, b: string) => Number(isPrerelease(b)) - Number(isPrerelease(a)) || compare(a, b);
  const newest = found.versions.filter(fits).sort(byRelease).at(-1);
  const path = found.onPath && 'version' in found.onPath && fits(found.onPath.version) ? found.onPath : null;
  if (exact !== null) refuseContradiction(wanted, exact);
  const isFree = exact === null && constraints.length === 0;
  const isBetter = newest === undefined || (isPrerelease(newest) && !isPrerelease(path?.version ?? newest));
  if (path && (isFree || isBetter)) return { from: 'path', version: path.version };
  if (newest !== undefined) return { from: 'dir', version: newest };
  throw missing(wanted, found, exact, constraints);
}

/** No binary can satisfy both, so that none is asked for. The engine of OpenTofu would not even say so. */
function refuseContradiction(wanted: WantedEngine, exact: string): void {
  const against = wanted.required.find((text) => satisfiesConstraint(exact, text) === false);
  if (against === undefined) return;
  const wayOut = 'change `engine_version` in holdfast.yaml, or `required_version` in the configuration';
  throw new HoldfastError(
    'engine',
    `stack \`${wanted.stack}\` asks for ${wanted.name} ${exact}, and its \`required_version\` for \`${against}\`: ${wayOut}`,
    { treatment: { kind: 'human', wayOut } },
  );
}

/** tofu does not even look at `required_version` in `*.tf`, so it would say nothing. */
function refuseUnreadable({ stack, required }: WantedEngine): void {
  const unreadable = required.find((text) => satisfiesConstraint('1.0.0', text) === null);
  if (unreadable === undefined) return;
  const wayOut = 'write terms such as `>= 1.10, < 2.0.0`, without pre-releases';
  throw new HoldfastError(
    'engine',
    `stack \`${stack}\`: its \`required_version\` \`${unreadable}\` is no version constraint that OpenTofu takes: ${wayOut}`,
    { treatment: { kind: 'human', wayOut } },
  );
}

function missing(
  wanted: WantedEngine,
  found: FoundEngines,
  exact: string | null,
  constraints: readonly string[],
): HoldfastError {
  const binary = binaryName(wanted.name);
  const needs = [exact ?? '', ...constraints.map((text) => `\`${text}\``)].filter((text) => text !== '').join(' and ');
  const has: string[] = [];
  if (found.onPath) {
    const { binary: path } = found.onPath;
    has.push(
      'version' in found.onPath
        ? `${found.onPath.version} on PATH (${path})`
        : `${path}, which ${found.onPath.problem}`,
    );
  }
  if (found.dir !== null)
    has.push(found.versions.length > 0 ? `${found.versions.join(', ')} in ${found.dir}` : `none in ${found.dir}`);
  const example = `${found.dir ?? '<engines.dir>'}/${exact ?? '1.x.y'}/${binary}`;
  const wayOut =
    found.dir === null
      ? `install ${binary} on the worker's PATH, or set \`engines.dir\` in server.yaml and put it at ${example}`
      : `put it at ${example}, or install it on the worker's PATH`;
  return new HoldfastError(
    'engine',
    `stack \`${wanted.stack}\` needs ${wanted.name}${needs ? ` ${needs}` : ''}; this worker has ${has.join(' and ') || 'none'}: ${wayOut}`,
    { treatment: { kind: 'human', wayOut } },
  );
}

import type { z } from 'zod';
import { discoverSchema, holdfastSchema, stackSchema } from './holdfast-schema.ts';
import { isMap, type KeyPath, pathKey, valueAt } from './key-path.ts';
import {
  type HoldfastReading,
  type ListedStack,
  type RepositoryConfig,
  type RepositoryConfigOptions,
  readHoldfast,
  toListedStack,
} from './repository-config.ts';
import type { Position } from './yaml-document.ts';

/** A holdfast.yaml to look at, and not to plan from: whatever of it can still be judged although other parts are wrong. */
export interface InspectedRepositoryConfig {
  readonly config: RepositoryConfig;
  /** Where a key of an entry stands; where it is not written, what holds it. null: nowhere. */
  placeOf(stack: ListedStack, key: KeyPath): Position | null;
}

/** Leaving out what is wrong may show that something else is missing now. */
const MAX_ROUNDS = 20;

/**
 * Reads holdfast.yaml (null: there is none) so that all of its problems can be said at once: an entry is kept without the
 * keys that are wrong, and left out where its directory is. Never throws.
 */
export function inspectRepositoryConfig(
  bytes: Uint8Array | null,
  options: RepositoryConfigOptions,
): InspectedRepositoryConfig {
  const reading = readHoldfast(bytes, options);
  const { file, document, problems } = reading;
  const indexes = new Map<ListedStack, number>();
  for (const [index, parsed] of judgeable(reading)) {
    indexes.set(toListedStack(parsed, document.positionOf(['stacks', index], 'value')), index);
  }
  const discover =
    prune(discoverSchema, valueAt(reading.value, ['discover']), below(reading, ['discover'])) ??
    holdfastSchema.parse({}).discover;
  return {
    config: { file, discover, stacks: [...indexes.keys()], problems },
    placeOf(stack, key) {
      const index = indexes.get(stack);
      if (index === undefined) return stack.place;
      for (let length = key.length; length > 0; length--) {
        const at = document.positionOf(['stacks', index, ...key.slice(0, length)], 'value');
        if (at !== null) return at;
      }
      return stack.place;
    },
  };
}

/** Entries by their index in the file. */
function judgeable(reading: HoldfastReading): (readonly [number, z.output<typeof stackSchema>])[] {
  if (reading.parsed !== null && reading.faulty.length === 0) return [...reading.parsed.stacks.entries()];
  const written = valueAt(reading.value, ['stacks']);
  if (!Array.isArray(written)) return [];
  const faulty = Map.groupBy(below(reading, ['stacks']), ([index]) => index);
  return written.flatMap((entry, index) => {
    const paths = (faulty.get(index) ?? []).map((path) => path.slice(1));
    if (!isMap(entry) || paths.some(([key]) => key === 'dir')) return [];
    const parsed = prune(stackSchema, entry, paths);
    if (parsed === null) return [];
    if (!paths.some(([key]) => key === 'name')) return [[index, parsed] as const];
    // Any name that is nobody else's: what the entry would be called without one may be another's.
    return [[index, { ...parsed, name: `${parsed.dir.slice(0, 150)}, entry ${index + 1}` }] as const];
  });
}

function below({ faulty }: HoldfastReading, path: KeyPath): KeyPath[] {
  return faulty
    .filter((at) => path.every((part, i) => at[i] === part) && at.length > path.length)
    .map((at) => at.slice(path.length));
}

/** A value as its schema gives it, without what is wrong in it; null where nothing can be left out. */
function prune<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  faulty: readonly KeyPath[],
): z.output<Schema> | null {
  const left: unknown = structuredClone(value);
  let wrong = faulty;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // From behind, so that the indexes before still hold.
    const last = (path: KeyPath) => Number(path.at(-1)) || 0;
    const once = new Map(wrong.map((path) => [pathKey(path), path]));
    for (const path of [...once.values()].sort((a, b) => last(b) - last(a))) leaveOut(left, path);
    const parsed = schema.safeParse(left);
    if (parsed.success) return parsed.data;
    wrong = parsed.error.issues.flatMap((issue) => {
      const at = issue.path.filter((part) => typeof part !== 'symbol');
      return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...at, key]) : [at];
    });
    if (wrong.some((path) => path.length === 0)) return null;
  }
  return null;
}

/** What is missing takes what holds it along. */
function leaveOut(value: unknown, path: KeyPath): void {
  const holder = valueAt(value, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(holder) && typeof last === 'number' && last < holder.length) holder.splice(last, 1);
  else if (isMap(holder) && Object.hasOwn(holder, last)) delete holder[last];
  else leaveOut(value, path.slice(0, -1));
}

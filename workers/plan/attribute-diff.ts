import type { AttributeChange } from '../../src/kernel/plan-outcome.ts';

export const SENSITIVE = '(sensitive)';
const UNKNOWN = '(known after apply)';

/** One side's values and its parallel mask, and what is not known yet. */
export interface ChangedValue {
  readonly before: unknown;
  readonly after: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
  readonly afterUnknown: unknown;
}

/** Receives one attribute; returns false when it wants no more. */
export type AttributeSink = (attribute: AttributeChange) => boolean;

/** No value of a plan is deeper; below it a value is shown as JSON. */
const MAX_DEPTH = 32;

/**
 * Walks both sides of a change and reports every leaf that differs, by path (`tags.Name`, `ingress[0].port`). A value that is
 * sensitive on either side is `(sensitive)` on both, one that is unknown is `(known after apply)`. Pure.
 */
export function diffAttributes(value: ChangedValue, sink: AttributeSink): void {
  walk('', value, 0, sink);
}

function walk(path: string, value: ChangedValue, depth: number, sink: AttributeSink): boolean {
  const { before, after } = value;
  if (value.beforeSensitive === true || value.afterSensitive === true) {
    const isSame =
      value.afterUnknown !== true && equal(before, after) && value.beforeSensitive === value.afterSensitive;
    if (isSame || (isNothing(before) && isNothing(after) && !hasUnknown(value.afterUnknown))) return true;
    return sink({
      path,
      before: isNothing(before) ? null : SENSITIVE,
      after: isNothing(after) && !hasUnknown(value.afterUnknown) ? null : SENSITIVE,
    });
  }
  if (value.afterUnknown === true)
    return sink({ path, before: leafText(before, value.beforeSensitive), after: UNKNOWN });
  const keys = depth < MAX_DEPTH ? childKeys(value) : null;
  if (!keys) {
    if (equal(before, after)) return true;
    return sink({
      path,
      before: leafText(before, value.beforeSensitive),
      after: leafText(after, value.afterSensitive),
    });
  }
  for (const key of keys) {
    const child = {
      before: member(before, key),
      after: member(after, key),
      beforeSensitive: maskMember(value.beforeSensitive, key),
      afterSensitive: maskMember(value.afterSensitive, key),
      afterUnknown: maskMember(value.afterUnknown, key),
    };
    if (!walk(pathOf(path, key), child, depth + 1, sink)) return false;
  }
  return true;
}

/** Keys of both sides and of what is unknown; null where a side is a plain value, or both are empty. */
function childKeys({ before, after, afterUnknown }: ChangedValue): (string | number)[] | null {
  const sides = [before, after, afterUnknown].filter((side) => !isNothing(side) && side !== false);
  if (sides.length === 0 || sides.some((side) => typeof side !== 'object')) return null;
  const isList = sides.every(Array.isArray);
  if (!isList && sides.some(Array.isArray)) return null;
  if (isList) {
    const length = Math.max(...sides.map((side) => (side as unknown[]).length));
    return length === 0 ? null : Array.from({ length }, (_, i) => i);
  }
  const keys = new Set(sides.flatMap((side) => Object.keys(side as object)));
  return keys.size === 0 ? null : [...keys];
}

function member(side: unknown, key: string | number): unknown {
  if (typeof side !== 'object' || side === null) return undefined;
  return Object.hasOwn(side, key) ? (side as Record<string | number, unknown>)[key] : undefined;
}

/** A mask is parallel to its value, or `true` for all below. */
function maskMember(mask: unknown, key: string | number): unknown {
  return mask === true ? true : member(mask, key);
}

function hasUnknown(mask: unknown): boolean {
  if (mask === true) return true;
  return typeof mask === 'object' && mask !== null && Object.values(mask).some(hasUnknown);
}

const isNothing = (value: unknown): boolean => value === null || value === undefined;

function equal(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** A leaf as text: strings as they are, all else as JSON, with every sensitive part masked. */
function leafText(value: unknown, mask: unknown): string | null {
  if (isNothing(value)) return null;
  if (mask === true) return SENSITIVE;
  if (typeof value === 'string') return value;
  return JSON.stringify(maskDeep(value, mask, 0));
}

function maskDeep(value: unknown, mask: unknown, depth: number): unknown {
  if (mask === true || depth > MAX_DEPTH) return SENSITIVE;
  if (typeof value !== 'object' || value === null || typeof mask !== 'object' || mask === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => maskDeep(item, member(mask, i), depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, maskDeep(item, member(mask, key), depth + 1)]),
  );
}

function pathOf(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

import type { ShowChange } from '../plan/show-change.ts';
import { CtySet, type CtyValue, readResourceValue, readTypedValue, UNKNOWN } from './cty-value.ts';
import type { RawChange } from './plan-messages.ts';
import { sensitiveMask } from './sensitive-marks.ts';
import { unreadable } from './unreadable.ts';
import type { Members } from './value-shape.ts';

/** A resource's change as `show -json` would print it. Throws where that cannot be said. */
export function shownResource(change: RawChange, members: Members): ShowChange {
  const read = (bytes: Buffer | null): CtyValue => (bytes === null ? null : readResourceValue(bytes, members));
  const before = read(change.before);
  const after = read(change.after);
  return {
    actions: change.actions,
    ...sidesOf(before, after),
    after_unknown: isWhollyKnown(after) ? {} : unknownMask(after),
    before_sensitive: sensitiveMask(before, change.beforeSensitive, members),
    after_sensitive: sensitiveMask(after, change.afterSensitive, members),
    importing: change.isImporting ? {} : undefined,
  };
}

/** An output's change as `show -json` would print it. */
export function shownOutput(change: RawChange, isSensitive: boolean): ShowChange {
  const read = (bytes: Buffer | null): CtyValue => (bytes === null ? null : readTypedValue(bytes));
  const before = read(change.before);
  const after = read(change.after);
  return {
    actions: change.actions,
    ...sidesOf(before, after),
    after_unknown: isWhollyKnown(after) ? false : unknownMask(after),
    before_sensitive: isSensitive,
    after_sensitive: isSensitive,
  };
}

function sidesOf(before: CtyValue, after: CtyValue): Pick<ShowChange, 'before' | 'after'> {
  if (!isWhollyKnown(before)) throw unreadable('a value of the past that is not known');
  return { before: knownPart(before), after: knownPart(after) };
}

function isWhollyKnown(value: CtyValue): boolean {
  if (value === UNKNOWN) return false;
  if (value === null || typeof value !== 'object') return true;
  return itemsOf(value).every(isWhollyKnown);
}

/** The value without what is unknown: such members are left out, such elements are null. */
function knownPart(value: CtyValue): unknown {
  if (value === UNKNOWN) return undefined;
  if (value === null || typeof value !== 'object') return value;
  if (!(value instanceof Map)) return itemsOf(value).map((item) => knownPart(item) ?? null);
  const entries = [...value].map(([name, item]) => [name, knownPart(item)] as const);
  return Object.fromEntries(entries.filter(([, known]) => known !== undefined));
}

/** `true` for what is unknown; members that are known are left out, elements that are known are false. */
function unknownMask(value: CtyValue): unknown {
  if (value === UNKNOWN) return true;
  if (value === null || typeof value !== 'object') return false;
  if (!(value instanceof Map)) return itemsOf(value).map(unknownMask);
  const entries = [...value].map(([name, item]) => [name, unknownMask(item)] as const);
  return Object.fromEntries(entries.filter(([, mask]) => mask !== false));
}

function itemsOf(value: Exclude<CtyValue, null | string | number | boolean | symbol>): readonly CtyValue[] {
  if (value instanceof CtySet) return value.items;
  return value instanceof Map ? [...value.values()] : (value as readonly CtyValue[]);
}

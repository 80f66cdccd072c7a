import { canonicalJson } from '../../kernel/digest.ts';
import type { StackEntry } from '../../kernel/stack-entry.ts';

/** Keys of a stack's effective entry that differ. Whether it was listed or found makes no difference. */
export function changedSettings(before: StackEntry, after: StackEntry): string[] {
  // Found by discovery at both ends: nothing but these can differ, and there may be thousands.
  if (!before.listed && !after.listed && before.engine === after.engine && before.name === after.name) {
    return before.dir === after.dir ? [] : ['dir'];
  }
  const keys = Object.keys(after) as (keyof StackEntry)[];
  return keys.filter((key) => key !== 'listed' && canonicalJson(before[key]) !== canonicalJson(after[key]));
}

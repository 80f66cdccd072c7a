import type { StackDrift } from '../../kernel/stack-entry.ts';
import type { DriftChange } from './drift-verdict.ts';

/** One `drift.ignore` rule of holdfast.yaml. `expires` is the first day (`2027-01-31`, UTC) on which it holds no more. */
export type IgnoreRule = StackDrift['ignore'][number];

/** A change as rules leave it. */
export interface RuledChange {
  /** Without the attributes that a rule covers; null where nothing is left of it. */
  readonly kept: DriftChange | null;
  /** The rule that took all or some of it; null where none did. */
  readonly by: IgnoreRule | null;
}

/** At this many attributes a change was cut: others may differ that nobody sees. */
const CUT_AT = 64;

/** What the rules that still hold at `today` leave of a change. The first rule that covers something counts. Pure. */
export function applyRules(change: DriftChange, rules: readonly IgnoreRule[], today: string): RuledChange {
  const applying = rules.filter((rule) => !isExpired(rule, today) && isMatch(rule.address, change.address));
  const whole = applying.find((rule) => rule.attributes.length === 0);
  if (whole) return { kept: null, by: whole };
  // What is gone is more than a difference of attributes.
  if (change.class === 'deleted_outside') return { kept: change, by: null };
  const covering = (path: string) => applying.find(({ attributes }) => attributes.some((name) => covers(name, path)));
  const by = change.attributes.map(({ path }) => covering(path)).find((rule) => rule !== undefined) ?? null;
  if (by === null) return { kept: change, by: null };
  const left = change.attributes.filter(({ path }) => !covering(path));
  const isAll = left.length === 0 && change.attributes.length < CUT_AT;
  return { kept: isAll ? null : { ...change, attributes: left }, by };
}

/** Whether a rule holds no more. Pure. */
export function isExpired({ expires }: Pick<IgnoreRule, 'expires'>, today: string): boolean {
  return expires !== null && expires <= today;
}

/** `tags` covers `tags`, `tags.Name` and `tags["a b"]`. */
function covers(name: string, path: string): boolean {
  return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);
}

/**
 * Whether a glob (`*` is any text, `?` any character; all else is itself, brackets of keys too) names an address. A rule
 * for `module.x` covers what is below it only where it says `module.x.*`. Pure.
 */
export function isMatch(glob: string, address: string): boolean {
  let [g, a, star, mark] = [0, 0, -1, 0];
  // Linear in practice and never worse than |glob| × |address|: a regular expression of a stranger's glob may hang.
  while (a < address.length) {
    if (g < glob.length && glob[g] === '*') {
      star = g++;
      mark = a;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === address[a])) {
      g++;
      a++;
    } else if (star >= 0) {
      g = star + 1;
      a = ++mark;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

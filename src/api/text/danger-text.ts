import type { ChangeJson, Run } from '../contract.ts';
import { clean } from './clean.ts';

const NAMED = 10;
const DANGERS = [
  ['delete', 'destroys', 'destroy'],
  ['replace', 'replaces', 'replace'],
  ['forget', 'forgets', 'forget'],
] as const;

/** What a plan takes away, by name: `destroys aws_x.a, aws_x.b and 3 more`. Empty for a harmless one. */
export function dangerLines(run: Pick<Run, 'changes' | 'summary'>): string[] {
  return DANGERS.flatMap(([action, verb, key]) => {
    const names = run.changes.filter((change) => mainAction(change) === action).map(({ address }) => clean(address));
    const count = Math.max(names.length, run.summary?.[key] ?? 0);
    if (count === 0) return [];
    const shown = names.slice(0, NAMED);
    const more = count - shown.length;
    return [`this ${verb} ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ')}`];
  });
}

function mainAction({ actions }: ChangeJson): string {
  return DANGERS.find(([action]) => actions.includes(action))?.[0] ?? actions[0] ?? '';
}

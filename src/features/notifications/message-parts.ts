import { EMPTY_SUMMARY } from '../../kernel/plan-outcome.ts';
import { formatDuration } from '../../kernel/units.ts';
import { cleanLine, cut } from './clean-text.ts';
import { longCounts } from './headline.ts';
import type { NotificationBody, RunSnapshot } from './notification.ts';
import { mainAction } from './plan-danger.ts';

/** How many destroyed or replaced addresses are named. */
const NAMED = 5;

/** `destroys` and `replaces` by name: the first five, and how many more there are. */
export interface Danger {
  readonly verb: 'destroys' | 'replaces' | 'forgets';
  readonly addresses: readonly string[];
  readonly more: number;
}

/** What a plan takes away, by name. Pure. */
export function dangersOf({ run, plan }: NotificationBody): Danger[] {
  if (!run?.summary || !plan) return [];
  const { destroy, replace, forget } = run.summary;
  const kinds = [
    { verb: 'destroys', action: 'delete', count: destroy },
    { verb: 'replaces', action: 'replace', count: replace },
    { verb: 'forgets', action: 'forget', count: forget },
  ] as const;
  return kinds
    .filter(({ count }) => count > 0)
    .map(({ verb, action, count }) => {
      const addresses = plan.changes.filter((change) => mainAction(change) === action).slice(0, NAMED);
      return { verb, addresses: addresses.map(({ address }) => address), more: Math.max(0, count - addresses.length) };
    });
}

/** Why there is a run: `Ana: Add NAT`, `manual`, … without the mail address. Pure. */
export function whoAndWhy(run: RunSnapshot): { who: string; why: string; commit: string } {
  const who = cut(cleanLine((run.author ?? '').replace(/<[^>]*>/gu, '')) || 'somebody', 80);
  return { who, why: cut(cleanLine(run.message ?? ''), 200), commit: run.commit.slice(0, 8) };
}

/** Sentences that stand under the headline. Pure. */
export function remarksOf({ event, run, apply }: NotificationBody): string[] {
  if (!run || apply) return [];
  const remarks: string[] = [];
  if (event === 'plan.ready' && run.summary) remarks.push(`${longCounts(run.summary)}.`);
  if (run.new_state && (run.summary?.add ?? 0) > 0)
    remarks.push('This stack has no state yet: everything will be created.');
  // Why it is not applied by itself, where its stack asks for that.
  if (event === 'plan.ready' && run.reason !== null) remarks.push(`${cut(cleanLine(run.reason), 300)}.`);
  if (event === 'plan.ready' && run.recovered) remarks.push('The plan before this one had failed.');
  if (event === 'plan.recovered') {
    const changes = longCounts(run.summary ?? EMPTY_SUMMARY);
    const outcome = changes === 'no changes' ? 'changes nothing' : `would change: ${changes}`;
    remarks.push(`The plan before this one had failed; this one ${outcome}.`);
  }
  return remarks;
}

/** `manual`, `took 38 s`: how it came to be, where it was no push, and how long it took where that is known. */
export function courseOf(run: RunSnapshot): string[] {
  return [
    ...(run.trigger === 'push' ? [] : [run.trigger.replace('_', ' ')]),
    ...(run.duration_ms === null ? [] : [`took ${formatDuration(run.duration_ms)}`]),
  ];
}

/** `main.tf:12`, `main.tf`, or `` where the engine named no place. */
export function placeOf(run: RunSnapshot): string {
  const { file, line } = run.error ?? { file: null, line: null };
  if (file === null) return '';
  return cut(line === null ? file : `${file}:${line}`, 200);
}

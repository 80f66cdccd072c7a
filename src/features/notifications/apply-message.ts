import type { ApplySnapshot, NotificationBody } from './notification.ts';

/** What is said of each `end` in a sentence: the world and the state as they are now. The headline says "nothing was changed". */
const ENDS: Readonly<Record<string, string>> = {
  applied: 'All changes are made and saved.',
  applied_lock_stuck:
    'All changes are made and saved; terraform could not unlock the state, so Holdfast freed its lock.',
  partial_saved: 'It stopped half-way; what was done is saved in the state.',
  unsaved_state: 'The state could not be saved: what was done is not in it.',
  orphans: 'Resources were made, or may have been, that are in no state.',
  canceled: 'It was canceled; what was done is saved in the state.',
};

/** Who approves what needs no person. */
const AUTO = 'system:auto';

/** Sign, verb and what follows the stack's name in the headline of an apply's event; null for other events. Pure. */
export function applyHeadline(body: NotificationBody): { sign: string; verb: string; news: string } | null {
  const { event, apply, run } = body;
  if (event === 'apply.started') return { sign: '🔵', verb: 'applying', news: '' };
  if (event === 'apply.succeeded') {
    return { sign: '🟢', verb: 'applied', news: apply?.end === 'applied_lock_stuck' ? 'lock freed' : '' };
  }
  if (event === 'apply.interrupted')
    return { sign: '🟠', verb: 'apply interrupted', news: 'nobody knows yet how it ended' };
  if (event === 'stack.blocked') return { sign: '⛔', verb: 'blocked', news: blockedNews(apply ?? null) };
  if (event !== 'apply.failed') return null;
  const verb = apply?.end === 'canceled' ? 'apply canceled' : 'apply failed';
  return {
    sign: apply?.end === 'canceled' ? '🟠' : '🔴',
    verb,
    news: doneText(apply ?? null) ?? run?.error?.summary ?? '',
  };
}

/** `3 of 6 changes done`, as far as that is known. Pure. */
export function doneText(apply: ApplySnapshot | null): string | null {
  if (apply?.end === 'failed_before_change') return 'nothing was changed';
  if (apply?.done == null) return null;
  return apply.planned === null ? `${apply.done} changes done` : `${apply.done} of ${apply.planned} changes done`;
}

/** Sentences of an apply's event: how it ended, what remains, what is safe to do next. Pure. */
export function applySentences({ event, apply, stack, run }: NotificationBody): string[] {
  if (!apply) return [];
  const sentences: string[] = [];
  if ((event === 'apply.started' || event === 'apply.succeeded') && apply.approved_by !== null) {
    sentences.push(
      apply.approved_by === AUTO ? 'Approved by itself (apply: auto).' : `Approved by ${apply.approved_by}.`,
    );
  }
  if (event === 'apply.failed' || event === 'apply.succeeded') {
    const end = apply.end === null ? undefined : ENDS[apply.end];
    if (end !== undefined) sentences.push(end);
  }
  if (apply.adoptions > 0 && event !== 'stack.blocked') {
    sentences.push('A worker that came back took it over on the way.');
  }
  if (event === 'apply.interrupted') {
    sentences.push(`${run?.reason ?? 'its worker is silent'}.`);
    if (apply.next_step === null) sentences.push('It may well go on: its end is told as soon as it is proven.');
  }
  if (apply.orphan_count > 0) {
    const what = apply.orphan_count === 1 ? '1 resource is' : `${apply.orphan_count} resources are`;
    sentences.push(`${what} in no state: ${named(apply)}.`);
  }
  if (apply.blocks) sentences.push(`No more applies of ${stack} until a person has decided; it still plans.`);
  if (apply.next_step !== null) sentences.push(`Next: ${apply.next_step}`);
  return sentences;
}

/** Lines of the import blocks that a blocked stack needs. Pure. */
export function importLines({ event, apply }: NotificationBody): string[] {
  if (event !== 'stack.blocked' || !apply) return [];
  return apply.orphans.flatMap((orphan) => orphan.import?.split('\n') ?? []);
}

function named({ orphans, orphan_count }: ApplySnapshot): string {
  const shown = orphans.slice(0, 5).map(({ address }) => address);
  const more = orphan_count - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function blockedNews(apply: ApplySnapshot | null): string {
  if (apply?.end === 'unsaved_state') return 'its state is not saved';
  if (apply && apply.orphan_count > 0) {
    return apply.orphan_count === 1 ? '1 resource in no state' : `${apply.orphan_count} resources in no state`;
  }
  return 'how its apply ended is in doubt';
}

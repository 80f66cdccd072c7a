import type { RunStatus } from '../../kernel/run-status.ts';
import type { Paint } from './paint.ts';

const COLOURS: Readonly<Record<RunStatus, keyof Paint>> = {
  queued: 'faint',
  preparing: 'note',
  planning: 'note',
  unchanged: 'good',
  planned: 'caution',
  awaiting_approval: 'caution',
  policy_denied: 'bad',
  approved: 'note',
  applying: 'note',
  applied: 'good',
  failed: 'bad',
  interrupted: 'bad',
  discarded: 'faint',
  superseded: 'faint',
  stale: 'faint',
  canceled: 'faint',
};

/** `awaiting approval`: a status in words. */
export function statusText(status: RunStatus): string {
  return status.replace(/_/g, ' ');
}

/** A status in words and in its colour. */
export function paintStatus(status: RunStatus, paint: Paint): string {
  return paint[COLOURS[status]](statusText(status));
}

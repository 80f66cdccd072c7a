import { cleanLine } from './clean-text.ts';
import type { NotificationBody } from './notification.ts';

/** What a plan that waits wants: the line to type, who may, and until when; null for other events. Pure. */
export interface ApprovalWish {
  readonly command: string;
  /** `ana, ci and 2 more may approve`. */
  readonly who: string;
  readonly expiresAt: number;
}

export function approvalWish({ event, run, approval }: NotificationBody): ApprovalWish | null {
  if (event !== 'plan.ready' || !run || !approval) return null;
  const { approvers, more_approvers: more, expires_at: expiresAt } = approval;
  const names = approvers.map((name) => cleanLine(name)).filter((name) => name !== '');
  const who = names.length === 0 ? 'nobody' : `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return { command: `holdfast approve ${cleanLine(run.id)}`, who: `${who} may approve`, expiresAt };
}

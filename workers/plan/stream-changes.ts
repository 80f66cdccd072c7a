import type { PlanAction, PlannedChange } from '../../src/kernel/plan-outcome.ts';
import type { StreamResourceChange } from './stream-messages.ts';

const ACTIONS: Readonly<Record<string, PlanAction>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
  read: 'read',
  noop: 'no-op',
  import: 'import',
  move: 'move',
  remove: 'forget',
  forget: 'forget',
};
const REASONS: Readonly<Record<string, string>> = {
  tainted: 'replace_because_tainted',
  requested: 'replace_by_request',
};

/** A planned change of the stream, as far as the stream tells: no attributes. null for a message of another shape. */
export function changeOfStream(change: StreamResourceChange): PlannedChange | null {
  const address = change.resource?.addr;
  const main = ACTIONS[change.action ?? ''];
  if (!address || !main) return null;
  const actions: PlanAction[] = [main];
  const from = change.previous_resource?.addr;
  if (from && main !== 'move') actions.push('move');
  if (change.importing && main !== 'import') actions.push('import');
  const reason = change.reason ? reasonOf(main, change.reason) : undefined;
  return {
    address,
    type: change.resource?.resource_type ?? '',
    actions,
    attributes: [],
    ...(from ? { previous_address: from } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** The stream's short reason in the words of `show -json`. */
function reasonOf(action: PlanAction, reason: string): string {
  if (reason.startsWith(`${action}_`)) return reason;
  if (action === 'replace') return REASONS[reason] ?? `replace_because_${reason}`;
  return action === 'delete' ? `delete_because_${reason}` : reason;
}

import type { EngineName } from '../../src/kernel/stack-entry.ts';
import { unreadable } from './unreadable.ts';

/** An action in the words of `show -json`, and which of the saved values are its two sides. */
export interface PlannedAction {
  readonly actions: readonly string[];
  readonly before: number | null;
  readonly after: number | null;
}

const both = (...actions: string[]): PlannedAction => ({ actions, before: 0, after: 1 });
const ACTIONS: Readonly<Record<number, PlannedAction>> = {
  0: { actions: ['no-op'], before: 0, after: 0 },
  1: { actions: ['create'], before: null, after: 0 },
  2: both('read'),
  3: both('update'),
  5: { actions: ['delete'], before: 0, after: null },
  6: both('delete', 'create'),
  7: both('create', 'delete'),
  8: { actions: ['forget'], before: 0, after: null },
};
/** The engines have gone their own ways from here. */
const OWN_ACTIONS: Readonly<Record<EngineName, Readonly<Record<number, PlannedAction>>>> = {
  terraform: { 9: both('create', 'forget') },
  opentofu: { 10: both('forget', 'create') },
};

const REASONS: Readonly<Record<number, string>> = {
  1: 'replace_because_tainted',
  2: 'replace_by_request',
  3: 'replace_because_cannot_update',
  4: 'delete_because_no_resource_config',
  5: 'delete_because_wrong_repetition',
  6: 'delete_because_count_index',
  7: 'delete_because_each_key',
  8: 'delete_because_no_module',
  9: 'replace_by_triggers',
  10: 'read_because_config_unknown',
  11: 'read_because_dependency_pending',
  12: 'delete_because_no_move_target',
  13: 'read_because_check_nested',
};
const OWN_REASONS: Readonly<Record<EngineName, Readonly<Record<number, string>>>> = {
  terraform: {},
  opentofu: {
    14: 'delete_because_enabled_false',
    15: 'forgot_because_lifecycle_destroy_in_state',
    16: 'forgot_because_lifecycle_destroy_in_config',
  },
};

/** The action of a number in a saved plan. Throws for one that we have not heard of. */
export function actionOf(number: number, engine: EngineName): PlannedAction {
  const action = ACTIONS[number] ?? OWN_ACTIONS[engine][number];
  if (!action) throw unreadable(`action ${number}`);
  return action;
}

/** The reason of a number in a saved plan, in the words of `show -json`; undefined for none. Throws for an unknown one. */
export function reasonOf(number: number, engine: EngineName): string | undefined {
  if (number === 0) return undefined;
  const reason = REASONS[number] ?? OWN_REASONS[engine][number];
  if (!reason) throw unreadable(`reason ${number}`);
  return reason;
}

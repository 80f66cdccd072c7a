import type { PlanAction } from '../../src/kernel/plan-outcome.ts';
import type { ChangedValue } from './attribute-diff.ts';

/** One entry of `resource_changes` or `resource_drift` of `show -json`; only what we read of it. */
export interface ShowResourceChange {
  readonly address: string;
  readonly previous_address?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly action_reason?: string;
  readonly change: ShowChange;
}

export interface ShowChange {
  readonly actions: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly importing?: unknown;
}

const ACTIONS: Readonly<Record<string, readonly PlanAction[]>> = {
  'no-op': ['no-op'],
  read: ['read'],
  create: ['create'],
  update: ['update'],
  delete: ['delete'],
  forget: ['forget'],
  'delete,create': ['replace'],
  'create,delete': ['replace'],
  'create,forget': ['create', 'forget'],
  'forget,create': ['create', 'forget'],
};

/**
 * What happens to the resource, the main action first, `move` and `import` beside it; empty where nothing does (a no-op, a
 * data source, an ephemeral resource). An action we have never heard of is an update rather than nothing.
 */
export function actionsOf(resource: ShowResourceChange): PlanAction[] {
  if (resource.mode !== undefined && resource.mode !== 'managed') return [];
  const main = ACTIONS[resource.change.actions.join(',')] ?? ['update'];
  const actions = main.filter((action) => action !== 'no-op' && action !== 'read');
  if (resource.previous_address && resource.previous_address !== resource.address) actions.push('move');
  if (resource.change.importing) actions.push('import');
  return actions;
}

/** The two sides of a change with their masks. */
export function sidesOf(change: ShowChange): ChangedValue {
  return {
    before: change.before,
    after: change.after,
    beforeSensitive: change.before_sensitive,
    afterSensitive: change.after_sensitive,
    afterUnknown: change.after_unknown,
  };
}

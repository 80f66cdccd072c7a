import type { AttributeChange, PlanAction, PlannedChange, PlanProjection } from '../../kernel/plan-outcome.ts';
import type { ChangeClass, DriftChange, DriftVerdict } from './drift-verdict.ts';

export interface DriftInput {
  /** The masked projection of a plan at the last applied commit, with the spec of the last applied run. */
  readonly projection: PlanProjection;
  /** Whether the inputs that were planned are not those of the last apply: then a change may be the configuration's. */
  readonly configurationMoved: boolean;
}

const DRIFT: ReadonlySet<ChangeClass> = new Set(['real', 'deleted_outside']);

/**
 * Says what a check's plan means: per resource a class and why. Two lists tell it: `drift` is what the refresh saw happen
 * (state against world), `changes` is what terraform would do about it (world against configuration). Pure.
 */
export function classifyDrift({ projection, configurationMoved }: DriftInput): DriftVerdict {
  const seen = new Map(projection.drift.map((change) => [change.address, change]));
  const planned = new Map(projection.changes.map((change) => [change.address, change]));
  const all = [
    ...projection.changes.map((change) => classifyPlanned(change, seen.get(change.address), configurationMoved)),
    ...projection.drift.filter(({ address }) => !planned.has(address)).map(classifyUnplanned),
    ...projection.outputs.map((output) => classifyOutput(output)),
  ];
  const findings = all.filter((change) => DRIFT.has(change.class));
  const isUnclear = projection.left_out > 0 || all.some((change) => change.class === 'unknown');
  return {
    status: findings.length > 0 ? 'drifted' : isUnclear ? 'unknown' : 'in_sync',
    findings,
    explained: all.filter((change) => !DRIFT.has(change.class)),
    leftOut: projection.left_out,
  };
}

/** A resource that terraform would change, with what the refresh saw of it. */
function classifyPlanned(planned: PlannedChange, seen: PlannedChange | undefined, moved: boolean): DriftChange {
  const main = mainAction(planned);
  if (main === 'move' || main === 'import' || main === 'forget') {
    return change(planned, 'moved', 'only its address in the state changes', planned.attributes);
  }
  if (seen) {
    const attributes = seen.attributes.length > 0 ? seen.attributes : reversed(planned.attributes);
    return mainAction(seen) === 'delete'
      ? change(seen, 'deleted_outside', 'it was applied, and is gone from the world', attributes)
      : change(seen, 'real', 'it was changed since it was applied', attributes);
  }
  const attributes = reversed(planned.attributes);
  return moved
    ? change(planned, 'configuration_pending', 'its configuration changed since it was applied', attributes)
    : change(planned, 'real', 'its configuration is as it was applied, and terraform would change it', attributes);
}

/** A resource that the refresh saw changed, and that terraform would leave as it is. */
function classifyUnplanned(seen: PlannedChange): DriftChange {
  if (mainAction(seen) === 'delete') {
    return change(seen, 'deleted_outside', 'it was applied, and is gone from the world', seen.attributes);
  }
  return change(seen, 'noise', 'nothing that its configuration sets is different', seen.attributes);
}

function classifyOutput(output: AttributeChange): DriftChange {
  return {
    address: `output.${output.path}`,
    type: 'output',
    action: 'update',
    class: 'output_only',
    attributes: [{ path: output.path, before: output.before, after: output.after }],
    why: 'the value of an output differs, no resource by it',
  };
}

function change(
  { address, type, actions }: PlannedChange,
  of: ChangeClass,
  why: string,
  attributes: readonly AttributeChange[],
): DriftChange {
  return { address, type, action: actions[0] ?? 'update', class: of, attributes, why };
}

function mainAction({ actions }: PlannedChange): PlanAction {
  return actions[0] ?? 'no-op';
}

/** A plan goes from what is found to what is configured; a finding from what was applied to what is found. */
function reversed(attributes: readonly AttributeChange[]): AttributeChange[] {
  return attributes.map(({ path, before, after }) => ({ path, before: after, after: before }));
}

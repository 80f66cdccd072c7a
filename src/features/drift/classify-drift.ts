import type { AttributeChange, PlanAction, PlannedChange, PlanProjection } from '../../kernel/plan-outcome.ts';
import type { ChangeClass, DriftChange, DriftVerdict } from './drift-verdict.ts';

export interface DriftInput {
  /** The masked projection of a plan at the last applied commit, with the spec of the last applied run. */
  readonly projection: PlanProjection;
  /** Whether the inputs that were planned are not those of the last apply: then a change may be the configuration's. */
  readonly configurationMoved: boolean;
}

/** What a projection writes for a value that only an apply tells. */
const UNKNOWN = '(known after apply)';
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
  if (seen) return classifySeen(planned, seen, moved);
  const attributes = reversed(planned.attributes);
  if (moved) {
    return change(planned, 'configuration_pending', 'its configuration changed since it was applied', attributes);
  }
  const left = leftOver(planned);
  if (left !== null) return change(planned, 'configuration_pending', left, attributes);
  if (main === 'read') return change(planned, 'unknown', 'it is read only when something is applied', attributes);
  if (isSpelling(planned)) return change(planned, 'noise', 'both are spellings of one value', attributes);
  if (isUnknowable(planned)) {
    return change(planned, 'unknown', 'what it will be is known after an apply only', attributes);
  }
  return change(planned, 'real', 'its configuration is as it was applied, and terraform would change it', attributes);
}

/** The refresh saw it change, and terraform would change it. */
function classifySeen(planned: PlannedChange, seen: PlannedChange, moved: boolean): DriftChange {
  const attributes = seen.attributes.length > 0 ? seen.attributes : reversed(planned.attributes);
  if (mainAction(seen) === 'delete') {
    return change(seen, 'deleted_outside', 'it was applied, and is gone from the world', attributes);
  }
  if (isSpelling(planned)) return change(seen, 'noise', 'both are spellings of one value', attributes);
  const wanted = new Set(planned.attributes.map(({ path }) => path));
  if (moved && attributes.every(({ path }) => !wanted.has(path))) {
    const why = 'its configuration changed since it was applied, and asks for nothing that differs';
    return change(planned, 'configuration_pending', why, reversed(planned.attributes));
  }
  return change(seen, 'real', 'it was changed since it was applied', attributes);
}

/** Why a change waits that no configuration asks for and nobody made: an apply or a person left it over. */
function leftOver({ reason, actions }: PlannedChange): string | null {
  if (reason === 'replace_because_tainted') return 'it is marked to be replaced';
  if (reason === 'replace_by_request') return 'somebody asked for it to be replaced';
  if (actions.includes('delete')) return 'the state holds more than its configuration';
  return null;
}

/** Whether all that terraform would change is a spelling; what it then computes anew is known after the apply only. */
function isSpelling({ actions, attributes }: PlannedChange): boolean {
  if (actions[0] !== 'update') return false;
  return attributes.some(({ same }) => same) && attributes.every((one) => one.same === true || one.after === UNKNOWN);
}

/** Whether nothing but unknown values is to be changed. */
function isUnknowable({ actions, attributes }: PlannedChange): boolean {
  if (actions[0] === 'create' || attributes.length === 0) return false;
  return attributes.every(({ after }) => after === UNKNOWN);
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

/**
 * A plan goes from what is found to what is configured; a finding from what was applied to what is found. What only an
 * apply tells was no value that was applied: it is left out where anything else differs.
 */
function reversed(attributes: readonly AttributeChange[]): AttributeChange[] {
  const known = attributes.filter(({ after }) => after !== UNKNOWN);
  const shown = known.length > 0 ? known : attributes;
  return shown.map((attribute) => ({ ...attribute, before: attribute.after, after: attribute.before }));
}

import {
  type AttributeChange,
  EMPTY_SUMMARY,
  type PlanAction,
  type PlannedChange,
  type PlanProjection,
} from '../../src/kernel/plan-outcome.ts';
import { isSameValue } from '../../src/kernel/same-value.ts';
import { diffAttributes, SENSITIVE } from './attribute-diff.ts';
import { boundText } from './bounded-text.ts';
import { type Counts, countActions } from './count-changes.ts';
import { createMask, type TextMask } from './mask-secrets.ts';
import type { PlanStreamResult } from './plan-stream.ts';
import { sanitizeText } from './sanitize-text.ts';
import { sensitiveTexts } from './sensitive-texts.ts';
import { actionsOf, type ShowChange, type ShowResourceChange, sidesOf } from './show-change.ts';

export interface ProjectionLimits {
  readonly changes: number;
  readonly attributes: number;
  readonly valueUnits: number;
  readonly outputs: number;
  /** UTF-16 units of all texts together: beyond it attributes are left out, beyond twice it changes are only counted. */
  readonly totalUnits: number;
}

export const PROJECTION_LIMITS: ProjectionLimits = {
  changes: 20_000,
  attributes: 64,
  valueUnits: 1024,
  outputs: 1000,
  totalUnits: 8 * 1024 * 1024,
};

/** Collects what a plan means, masked and bounded, from `show -json` piece by piece. */
export interface ProjectionBuilder {
  addChange(resource: ShowResourceChange): void;
  addDrift(resource: ShowResourceChange): void;
  addOutput(name: string, change: ShowChange): void;
  /** Changes whose attribute values were left out for size. */
  readonly withoutAttributes: number;
  finish(): PlanProjection;
}

/** A value of megabytes is cut before it is looked through. */
const MAX_CLEANED = 64 * 1024;

const DESTRUCTIVE: ReadonlySet<PlanAction> = new Set(['delete', 'replace', 'forget']);
const isDestructive = (actions: readonly PlanAction[]) => actions.some((action) => DESTRUCTIVE.has(action));

/** A builder whose every text is masked by the sensitivity marks and by `mask`, and neutralised. */
export function createProjection(mask: TextMask, limits: ProjectionLimits = PROJECTION_LIMITS): ProjectionBuilder {
  const counts: Counts = { ...EMPTY_SUMMARY };
  const changes: PlannedChange[] = [];
  const drift: PlannedChange[] = [];
  const outputs: AttributeChange[] = [];
  let leftOut = 0;
  let units = 0;
  let withoutAttributes = 0;

  function clean(text: string, max: number, also: TextMask = String): string {
    const head = text.length > MAX_CLEANED ? text.slice(0, MAX_CLEANED) : text;
    const masked = mask(also(sanitizeText(head)));
    // A part of a secret may stand where the head was cut: it must not come into sight.
    const isTailSeen = head !== text && masked.length <= max;
    const cleaned = isTailSeen ? SENSITIVE : boundText(masked, max);
    units += cleaned.length;
    return cleaned;
  }
  const value = (text: string | null, also?: TextMask) => (text === null ? null : clean(text, limits.valueUnits, also));

  function attributesOf(change: ShowChange): AttributeChange[] {
    const attributes: AttributeChange[] = [];
    if (limits.attributes === 0) return attributes;
    if (units > limits.totalUnits) {
      withoutAttributes++;
      return attributes;
    }
    try {
      const sides = sidesOf(change);
      const texts = sensitiveTexts(sides);
      const also = texts.length > 0 ? createMask(texts) : undefined;
      diffAttributes(sides, ({ path, before, after }) => {
        const same = isSpelling(before, after) ? ({ same: true } as const) : {};
        attributes.push({
          path: clean(path, 1024, also),
          before: value(before, also),
          after: value(after, also),
          ...same,
        });
        return attributes.length < limits.attributes;
      });
    } catch {
      withoutAttributes++; // a value too deep for the walk
    }
    return attributes;
  }

  function project(resource: ShowResourceChange, actions: readonly PlanAction[]): PlannedChange {
    return {
      address: clean(resource.address, 4096),
      type: clean(resource.type ?? '', 512),
      actions,
      attributes: attributesOf(resource.change),
      ...(actions.includes('move') && resource.previous_address
        ? { previous_address: clean(resource.previous_address, 4096) }
        : {}),
      ...(resource.action_reason ? { reason: clean(resource.action_reason, 200) } : {}),
    };
  }

  /** Keeps the change where there is room; what destroys takes the place of what does not. */
  function add(list: PlannedChange[], resource: ShowResourceChange, actions: readonly PlanAction[]): void {
    if (list.length < limits.changes && units < 2 * limits.totalUnits) {
      list.push(project(resource, actions));
      return;
    }
    leftOut++;
    if (!isDestructive(actions)) return;
    const victim = list.findLastIndex((change) => !isDestructive(change.actions));
    if (victim === -1) return;
    list.splice(victim, 1);
    list.push(project(resource, actions));
  }

  return {
    addChange(resource) {
      const actions = actionsOf(resource);
      countActions(counts, actions);
      if (actions.length > 0) add(changes, resource, actions);
    },
    addDrift(resource) {
      const actions = actionsOf(resource);
      if (actions.length > 0) add(drift, resource, actions);
    },
    addOutput(name, change) {
      if (change.actions.join() === 'no-op') return;
      counts.outputs++;
      if (outputs.length < limits.outputs) outputs.push({ path: clean(name, 1024), ...outputValues(change, value) });
    },
    get withoutAttributes() {
      return withoutAttributes;
    },
    finish: () => ({ summary: counts, changes, drift, outputs, left_out: leftOut }),
  };
}

/** Whether two texts say the same; of what is masked nobody can tell. */
function isSpelling(before: string | null, after: string | null): boolean {
  // Equal texts of what differs are values of two types.
  return before !== after && ![before, after].some((text) => text?.includes(SENSITIVE)) && isSameValue(before, after);
}

/** An output is one value, shown whole. */
function outputValues(change: ShowChange, value: (text: string | null) => string | null) {
  let whole: AttributeChange = { path: '', before: null, after: null };
  const { before, after, beforeSensitive, afterSensitive, afterUnknown } = sidesOf(change);
  // Wrapped in a list of one, so that objects on both sides are compared as leaves.
  const leaf = (side: unknown) => (typeof side === 'object' && side !== null ? JSON.stringify(side) : side);
  const isSensitive = holdsTrue(beforeSensitive) || holdsTrue(afterSensitive);
  diffAttributes(
    {
      before: leaf(before),
      after: leaf(after),
      beforeSensitive: isSensitive,
      afterSensitive: isSensitive,
      afterUnknown: holdsTrue(afterUnknown),
    },
    (found) => {
      whole = found;
      return true;
    },
  );
  if (isSensitive && change.actions.join() === 'update') whole = { path: '', before: SENSITIVE, after: SENSITIVE };
  return { before: value(whole.before), after: value(whole.after) };
}

function holdsTrue(mask: unknown): boolean {
  if (mask === true) return true;
  return typeof mask === 'object' && mask !== null && Object.values(mask).some(holdsTrue);
}

/** The projection of the `-json` stream alone: addresses, actions and counts, no attribute values. */
export function projectStream(stream: PlanStreamResult, mask: TextMask): PlanProjection {
  const clean = (text: string, max: number) => boundText(mask(sanitizeText(text)), max);
  const cleanChange = (change: PlannedChange): PlannedChange => ({
    ...change,
    address: clean(change.address, 4096),
    type: clean(change.type, 512),
    ...(change.previous_address ? { previous_address: clean(change.previous_address, 4096) } : {}),
  });
  return {
    summary: stream.counts,
    changes: stream.changes.map(cleanChange),
    drift: stream.drift.map(cleanChange),
    outputs: stream.outputs.map((name) => ({ path: clean(name, 1024), before: null, after: null })),
    left_out: stream.changesLeftOut,
  };
}

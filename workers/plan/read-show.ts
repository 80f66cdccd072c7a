import { createReadStream } from 'node:fs';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import { JsonMembers, type MemberPick } from './json-members.ts';
import type { TextMask } from './mask-secrets.ts';
import { createProjection } from './plan-projection.ts';
import type { ShowChange, ShowResourceChange } from './show-change.ts';

/** A resource whose two sides are larger together is listed without attributes. */
const MAX_ENTRY = 8 * 1024 * 1024;
/** Small enough that a chunk is read through in a few milliseconds: the event loop goes on between chunks. */
const CHUNK = 128 * 1024;

/** What `show -json` of a plan says. */
export interface ShownPlan {
  readonly projection: PlanProjection;
  /** terraform's own word that the plan is not to be applied. */
  readonly errored: boolean;
  /** Entries that were too large to be read. */
  readonly oversized: number;
  /** Changes without attribute values, for size. */
  readonly withoutAttributes: number;
}

/** Reads the output of `show -json` from a file of any size without ever holding it. Rejects with `engine` where it is none. */
export async function readShow(file: string, mask: TextMask): Promise<ShownPlan> {
  const projection = createProjection(mask);
  let oversized = 0;
  let errored = false;
  let isPlan = false;
  const pick = (as: MemberPick['as'], take: (value: unknown, name: string) => void): MemberPick => ({
    as,
    take(json, name) {
      if (json === null) oversized++;
      else take(JSON.parse(json.toString('utf8')), name);
    },
  });
  const members = new JsonMembers(
    {
      format_version: pick('value', (version) => {
        isPlan = typeof version === 'string' && /^[01]\./.test(version);
      }),
      errored: pick('value', (value) => {
        errored = value === true;
      }),
      resource_changes: pick('items', (value) => projection.addChange(value as ShowResourceChange)),
      resource_drift: pick('items', (value) => projection.addDrift(value as ShowResourceChange)),
      output_changes: pick('members', (value, name) => projection.addOutput(name, value as ShowChange)),
    },
    MAX_ENTRY,
  );
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) members.push(chunk as Buffer);
  if (!isPlan) throw new HoldfastError('engine', '`show -json` printed no plan in a format that Holdfast reads (1.x)');
  return { projection: projection.finish(), errored, oversized, withoutAttributes: projection.withoutAttributes };
}

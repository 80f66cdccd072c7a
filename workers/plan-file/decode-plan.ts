import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineName } from '../../src/kernel/stack-entry.ts';
import type { TextMask } from '../plan/mask-secrets.ts';
import { createProjection } from '../plan/plan-projection.ts';
import type { ShownPlan } from '../plan/read-show.ts';
import { actionsOf, type ShowResourceChange } from '../plan/show-change.ts';
import { type RawResource, readOutputMessage, readPlanMessage, readResourceMessage } from './plan-messages.ts';
import type { ProviderSchemas, TypeRef } from './provider-schemas.ts';
import { compareAddresses, compareTexts, parseAddress, type ResourceAddress } from './resource-address.ts';
import { shownOutput, shownResource } from './shown-change.ts';
import { unreadable } from './unreadable.ts';

/** A resource and what happens to it, unmasked: to be compared with what the engine told while it planned. */
export interface SeenChange {
  readonly address: string;
  readonly actions: readonly string[];
}

/** A saved plan's meaning, and what it was made of. */
export interface DecodedPlan {
  readonly shown: ShownPlan;
  readonly changes: readonly SeenChange[];
  readonly drift: readonly SeenChange[];
  /** Names of outputs that change. */
  readonly outputs: readonly string[];
}

export interface DecodeOptions {
  readonly engine: { readonly name: EngineName; readonly version: string };
  readonly mask: TextMask;
  /** Asked once, for the types of all resources that change. */
  readonly schemasOf: (types: readonly TypeRef[]) => Promise<ProviderSchemas>;
}

/** A larger entry is left to the engine: `show -json` would list it without its values. */
const MAX_ENTRY = 1024 * 1024;
/** After so many bytes of changes the event loop has a turn. */
const BYTES_PER_TURN = 128 * 1024;

/**
 * Says what a plan means from the `tfplan` entry of its file, as `readShow` does from `show -json`. Rejects, mostly with
 * `engine`, where anything is not as we know it.
 */
export async function decodePlan(bytes: Buffer, { engine, mask, schemasOf }: DecodeOptions): Promise<DecodedPlan> {
  const plan = readPlanMessage(bytes);
  if (plan.engineVersion !== engine.version) throw unreadable('it was made by another version of the engine');
  const turn = createTurns();
  const read = async (messages: readonly Buffer[], isWanted: (entry: Entry) => boolean) => {
    const entries: Entry[] = [];
    for (const message of messages) {
      await turn(message);
      const entry = entryOf(readResourceMessage(bounded(message), engine.name), message);
      if (entry.seen.actions.length > 0 && isWanted(entry)) entries.push(entry);
    }
    return entries.sort(compareEntries);
  };
  // What was moved alone is told by the planned changes, unless there are none.
  const drift = await read(plan.drift, ({ light }) => plan.isRefreshOnly || light.change.actions[0] !== 'no-op');
  const changes = await read(plan.changes, () => true);
  const outputs = plan.outputs
    .map((message) => readOutputMessage(bounded(message), engine.name))
    .sort((a, b) => compareTexts(a.name, b.name));

  const all = [...drift, ...changes];
  const schemas = all.length > 0 ? await schemasOf(all.map(({ type }) => type)) : null;
  const projection = createProjection(mask);
  const show = async (entries: readonly Entry[], add: (resource: ShowResourceChange) => void) => {
    for (const { type, light, message } of entries) {
      await turn(message);
      const members = schemas?.membersOf(type);
      if (!members) throw unreadable('a resource type that the schemas do not have');
      add({ ...light, change: shownResource(readResourceMessage(message, engine.name).change, members) });
    }
  };
  await show(drift, (resource) => projection.addDrift(resource));
  await show(changes, (resource) => projection.addChange(resource));
  for (const { name, isSensitive, change } of outputs) projection.addOutput(name, shownOutput(change, isSensitive));
  const shown = {
    projection: projection.finish(),
    errored: plan.isErrored,
    oversized: 0,
    withoutAttributes: projection.withoutAttributes,
  };
  return {
    shown,
    changes: changes.map(({ seen }) => seen),
    drift: drift.map(({ seen }) => seen),
    outputs: outputs.filter(({ change }) => change.actions[0] !== 'no-op').map(({ name }) => name),
  };
}

/** One resource to be listed. Its values are read when its turn comes, lest those of all are held. */
interface Entry {
  readonly message: Buffer;
  readonly deposed: string;
  readonly address: ResourceAddress;
  readonly type: TypeRef;
  /** As `show -json` lists it, still without values. */
  readonly light: ShowResourceChange;
  readonly seen: SeenChange;
}

function entryOf(raw: RawResource, message: Buffer): Entry {
  const address = parseAddress(raw.address);
  const light: ShowResourceChange = {
    address: raw.address,
    mode: address.mode,
    type: address.type,
    change: { actions: raw.change.actions, importing: raw.change.isImporting ? {} : undefined },
    ...(raw.previousAddress ? { previous_address: raw.previousAddress } : {}),
    ...(raw.reason ? { action_reason: raw.reason } : {}),
  };
  const type = { provider: raw.provider, type: address.type };
  return {
    message,
    deposed: raw.deposed,
    address,
    type,
    light,
    seen: { address: raw.address, actions: actionsOf(light) },
  };
}

function bounded(message: Buffer): Buffer {
  if (message.length > MAX_ENTRY) throw unreadable('a change larger than 1 MiB');
  return message;
}

function compareEntries(a: Entry, b: Entry): number {
  return compareAddresses(a.address, b.address) || compareTexts(a.deposed, b.deposed);
}

function createTurns(): (message: Buffer) => Promise<void> | undefined {
  let bytes = 0;
  return ({ length }) => {
    bytes += length + 256;
    if (bytes < BYTES_PER_TURN) return undefined;
    bytes = 0;
    return nextTurn();
  };
}

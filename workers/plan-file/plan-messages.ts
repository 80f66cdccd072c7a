import type { EngineName } from '../../src/kernel/stack-entry.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { actionOf, reasonOf } from './plan-enums.ts';
import { asBytes, asNumber, asText, readFields } from './proto-reader.ts';
import type { ValuePath } from './sensitive-marks.ts';
import { unreadable } from './unreadable.ts';

/** A saved plan as far as it tells what changes; each change is still the bytes of its message. */
export interface RawPlan {
  readonly engineVersion: string;
  readonly isErrored: boolean;
  readonly isRefreshOnly: boolean;
  readonly changes: readonly Buffer[];
  readonly drift: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

/** What is planned for one resource instance or one of its deposed objects. */
export interface RawResource {
  readonly address: string;
  readonly previousAddress: string;
  readonly deposed: string;
  /** Source address of the provider: `registry.terraform.io/hashicorp/aws`. */
  readonly provider: string;
  readonly reason: string | undefined;
  readonly change: RawChange;
}

export interface RawOutput {
  readonly name: string;
  readonly isSensitive: boolean;
  readonly change: RawChange;
}

/** A change with its sides as msgpack; null where there is none. */
export interface RawChange {
  /** In the words of `show -json`. */
  readonly actions: readonly string[];
  readonly before: Buffer | null;
  readonly after: Buffer | null;
  readonly beforeSensitive: readonly ValuePath[];
  readonly afterSensitive: readonly ValuePath[];
  readonly isImporting: boolean;
}

const FORMAT = 3;
const REFRESH_ONLY = 2;
/** Fields of a plan that say nothing of its changes: variables, targets, checks, backend, times, what is deferred or invoked. */
const IGNORED = new Set([2, 5, 6, 13, 15, 16, 19, 21, 22, 25, 26, 27, 28, 29, 30, 31, 32, 500_000_000]);

/** Reads the message of a whole plan. Throws for another format, and for a field that we have not heard of: it may matter. */
export function readPlanMessage(bytes: Buffer): RawPlan {
  const lists = { 3: [] as Buffer[], 18: [] as Buffer[], 4: [] as Buffer[] };
  let [version, mode, errored, engineVersion] = [0, 0, 0, ''];
  readFields(bytes, (number, field) => {
    if (number === 3 || number === 4 || number === 18) lists[number].push(asBytes(field));
    else if (number === 1) version = asNumber(field);
    else if (number === 14) engineVersion = asText(field);
    else if (number === 17) mode = asNumber(field);
    else if (number === 20) errored = asNumber(field);
    else if (!IGNORED.has(number)) throw unreadable(`field ${number} of a plan`);
  });
  if (version !== FORMAT) throw unreadable(`format ${version}`);
  return {
    engineVersion,
    isErrored: errored !== 0,
    isRefreshOnly: mode === REFRESH_ONLY,
    changes: lists[3],
    drift: lists[18],
    outputs: lists[4],
  };
}

/** Reads one entry of `changes` or `drift`. Throws as `readPlanMessage` does. */
export function readResourceMessage(bytes: Buffer, engine: EngineName): RawResource {
  let [address, previousAddress, deposed, provider] = ['', '', '', ''];
  let reason: string | undefined;
  let change: RawChange | undefined;
  readFields(bytes, (number, field) => {
    if (number === 13) address = asText(field);
    else if (number === 14) previousAddress = asText(field);
    else if (number === 7) deposed = asText(field);
    else if (number === 8) provider = /provider\["([^"]+)"\]/.exec(asText(field))?.[1] ?? '';
    else if (number === 9) change = readChange(asBytes(field), engine);
    else if (number === 12) reason = reasonOf(asNumber(field), engine);
    // What the provider keeps for itself, and the paths that force a replacement.
    else if (number !== 10 && number !== 11) throw unreadable(`field ${number} of a resource`);
  });
  if (address === '' || provider === '' || !change) throw unreadable('a resource without address, provider or change');
  return { address, previousAddress, deposed, provider, reason, change };
}

/** Reads one entry of `outputs`. Throws as `readPlanMessage` does. */
export function readOutputMessage(bytes: Buffer, engine: EngineName): RawOutput {
  let name = '';
  let isSensitive = false;
  let change: RawChange | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) name = asText(field);
    else if (number === 2) change = readChange(asBytes(field), engine);
    else if (number === 3) isSensitive = asNumber(field) !== 0;
    else throw unreadable(`field ${number} of an output`);
  });
  if (name === '' || !change) throw unreadable('an output without name or change');
  return { name, isSensitive, change };
}

function readChange(bytes: Buffer, engine: EngineName): RawChange {
  const values: Buffer[] = [];
  const beforeSensitive: ValuePath[] = [];
  const afterSensitive: ValuePath[] = [];
  let action = 0;
  let isImporting = false;
  readFields(bytes, (number, field) => {
    if (number === 1) action = asNumber(field);
    else if (number === 2) values.push(valueBytes(asBytes(field)));
    else if (number === 3) beforeSensitive.push(readPath(asBytes(field)));
    else if (number === 4) afterSensitive.push(readPath(asBytes(field)));
    else if (number === 5) isImporting = true;
    // Generated configuration and identities.
    else if (number < 6 || number > 8) throw unreadable(`field ${number} of a change`);
  });
  const { actions, before, after } = actionOf(action, engine);
  const side = (index: number | null): Buffer | null => {
    if (index === null) return null;
    const value = values[index];
    if (!value) throw unreadable('a change without its value');
    return value;
  };
  return { actions, before: side(before), after: side(after), beforeSensitive, afterSensitive, isImporting };
}

function valueBytes(message: Buffer): Buffer {
  let msgpack: Buffer | undefined;
  readFields(message, (number, field) => {
    if (number !== 1) throw unreadable(`field ${number} of a value`);
    msgpack = asBytes(field);
  });
  if (!msgpack) throw unreadable('a value of another encoding');
  return msgpack;
}

function readPath(message: Buffer): ValuePath {
  const path: (string | number)[] = [];
  readFields(message, (number, field) => {
    if (number !== 1) throw unreadable(`field ${number} of a path`);
    path.push(readStep(asBytes(field)));
  });
  return path;
}

function readStep(message: Buffer): string | number {
  let step: string | number | undefined;
  readFields(message, (number, field) => {
    if (number === 1) step = asText(field);
    else if (number === 2) step = readKey(valueBytes(asBytes(field)));
    else throw unreadable(`field ${number} of a step`);
  });
  if (step === undefined) throw unreadable('an empty step of a path');
  return step;
}

function readKey(msgpack: Buffer): string | number {
  const reader = new MsgpackReader(msgpack);
  const token = reader.next();
  if (!reader.isAtEnd || (token.kind !== 'text' && token.kind !== 'number')) throw unreadable('a key of another kind');
  return token.value;
}

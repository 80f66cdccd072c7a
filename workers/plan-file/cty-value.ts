import { MsgpackReader, type MsgpackToken } from './msgpack-reader.ts';
import { textOf } from './proto-reader.ts';
import { unreadable } from './unreadable.ts';
import { type CtyType, type MemberShape, type Members, memberOf, type Nesting } from './value-shape.ts';

/** A value that is known after apply. */
export const UNKNOWN = Symbol('unknown');

/** Elements of a set, in the engine's order. */
export class CtySet {
  readonly items: readonly CtyValue[];

  constructor(items: readonly CtyValue[]) {
    this.items = items;
  }
}

/** A value of a plan: a list or tuple as an array, a map or object as a Map. */
export type CtyValue =
  | null
  | boolean
  | number
  | string
  | typeof UNKNOWN
  | readonly CtyValue[]
  | CtySet
  | ReadonlyMap<string, CtyValue>;

/** What is known of a value before it is read: nothing, a type, or the members of a nested object. */
type Expected = CtyType | { readonly members: Members; readonly nesting: Nesting } | undefined;

/** Deeper values are left to the engine; none that people write comes near. */
const MAX_DEPTH = 64;

/** Reads a resource's value as msgpack holds it. Throws where it does not fit. */
export function readResourceValue(bytes: Buffer, members: Members): CtyValue {
  return readWhole(bytes, { members, nesting: 'single' });
}

/** Reads a value that stands together with its type, as those of outputs do. */
export function readTypedValue(bytes: Buffer): CtyValue {
  return readWhole(bytes, 'dynamic');
}

function readWhole(bytes: Buffer, expected: Expected): CtyValue {
  const reader = new MsgpackReader(bytes);
  const value = read(reader, expected, 0);
  if (!reader.isAtEnd) throw unreadable('something behind a value');
  return value;
}

function read(reader: MsgpackReader, expected: Expected, depth: number): CtyValue {
  if (depth > MAX_DEPTH) throw unreadable('a value nested too deeply');
  if ((expected === undefined || expected === 'dynamic') && reader.isTyped) return readWithType(reader, depth);
  const token = reader.next();
  switch (token.kind) {
    case 'nil':
      return null;
    case 'extension':
      return UNKNOWN;
    case 'list':
      return readItems(reader, token.length, { expected, depth });
    case 'map':
      return readMembers(reader, token.length, { expected, depth });
    default:
      return primitive(token, expected);
  }
}

function readWithType(reader: MsgpackReader, depth: number): CtyValue {
  reader.next();
  const type = reader.next();
  if (type.kind !== 'bytes') throw unreadable('a type that is none');
  return read(reader, JSON.parse(textOf(type.value)) as CtyType, depth + 1);
}

interface Place {
  readonly expected: Expected;
  readonly depth: number;
}

function readItems(reader: MsgpackReader, length: number, { expected, depth }: Place): CtyValue {
  const expectedOf = itemExpectation(expected, length);
  const items = Array.from({ length }, (_, i) => read(reader, expectedOf(i), depth + 1));
  const isSet = Array.isArray(expected) ? expected[0] === 'set' : memberOf(expected, 'nesting') === 'set';
  return isSet ? new CtySet(items) : items;
}

function itemExpectation(expected: Expected, length: number): (i: number) => Expected {
  if (expected === undefined) return () => undefined;
  if (typeof expected === 'string') throw unreadable('a list where the type has none');
  if (!isType(expected)) {
    if (expected.nesting !== 'list' && expected.nesting !== 'set') throw unreadable('a list where the schema has none');
    return () => ({ members: expected.members, nesting: 'single' });
  }
  const [kind, item] = expected;
  if (kind === 'list' || kind === 'set') return () => asType(item);
  if (kind !== 'tuple' || !Array.isArray(item) || item.length !== length) throw unreadable('a list of another type');
  return (i) => asType(item[i]);
}

function readMembers(reader: MsgpackReader, length: number, { expected, depth }: Place): CtyValue {
  const expectedOf = memberExpectation(expected);
  const map = new Map<string, CtyValue>();
  for (let i = 0; i < length; i++) {
    const name = reader.next();
    if (name.kind !== 'text') throw unreadable('a member without a name');
    map.set(name.value, read(reader, expectedOf(name.value), depth + 1));
  }
  return map;
}

function memberExpectation(expected: Expected): (name: string) => Expected {
  if (expected === undefined) return () => undefined;
  if (typeof expected === 'string') throw unreadable('an object where the type has none');
  if (!isType(expected)) {
    const { nesting, members } = expected;
    if (nesting === 'map') return () => ({ members, nesting: 'single' });
    if (nesting !== 'single' && nesting !== 'group') throw unreadable('an object where the schema has none');
    return (name) => expectationOf(memberOf(members, name) as MemberShape | undefined);
  }
  const [kind, below] = expected;
  if (kind === 'map') return () => asType(below);
  if (kind !== 'object') throw unreadable('an object of another type');
  return (name) => asType(memberOf(below, name));
}

function expectationOf(shape: MemberShape | undefined): Expected {
  if (shape?.nesting === undefined) return shape?.type;
  return { members: shape.members ?? {}, nesting: shape.nesting };
}

function primitive(token: MsgpackToken, expected: Expected): CtyValue {
  // Where a schema names no type there is no number: one would be a sign that it is another's schema.
  if (token.kind === 'text' && (expected === undefined || expected === 'string')) return token.value;
  if (token.kind === 'bool' && (expected === undefined || expected === 'bool')) return token.value;
  if (expected === 'number' && token.kind === 'number') return token.value;
  // Numbers that fit no machine type are written as decimal digits.
  if (expected === 'number' && token.kind === 'text' && /^-?\d+(\.\d+)?$/.test(token.value)) return Number(token.value);
  throw unreadable(`a ${token.kind} of another type`);
}

function isType(expected: Exclude<Expected, undefined | string>): expected is Exclude<CtyType, string> {
  return Array.isArray(expected);
}

function asType(value: unknown): CtyType {
  if (typeof value === 'string' || (Array.isArray(value) && typeof value[0] === 'string')) return value as CtyType;
  throw unreadable('a type that is none');
}

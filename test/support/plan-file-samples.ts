import { readFileSync } from 'node:fs';
import type { ProviderSchemas } from '../../workers/plan-file/provider-schemas.ts';
import { collectSchemaLines, schemasIn } from '../../workers/plan-file/schema-file.ts';
import { SchemaScanner } from '../../workers/plan-file/schema-scanner.ts';
import { type Members, membersOf } from '../../workers/plan-file/value-shape.ts';

/** Absolute path of a file of `test/fixtures/plans/`. */
export const planFixture = (name: string) => new URL(`../fixtures/plans/${name}`, import.meta.url).pathname;

/** What a worker keeps of the fixtures' schemas. */
export function fixtureSchemas(): ProviderSchemas {
  const lines = collectSchemaLines();
  const scanner = new SchemaScanner((provider, type, json) => {
    if (json !== null) lines.add({ provider, type }, membersOf(JSON.parse(json).block));
  }, 1e8);
  scanner.push(readFileSync(planFixture('providers.schemas.json')));
  const schemas = schemasIn(Buffer.from(lines.text() ?? ''));
  return { membersOf: (ref): Members | undefined => (ref.type === 'terraform_data' ? {} : schemas.membersOf(ref)) };
}

/** A field of a protobuf message: a number, a text, or bytes. */
export function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

/** A value that is unknown, in msgpack. */
export const UNKNOWN_BYTES = Buffer.from([0xd4, 0, 0]);

/** JSON-like values in msgpack, as far as samples need it; bytes stand for themselves. */
export function msgpack(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'number') return Buffer.concat([Buffer.from([0xcb]), float(value)]);
  if (typeof value === 'string') return sized(0xdb, Buffer.byteLength(value), [Buffer.from(value)]);
  if (Array.isArray(value)) return sized(0xdd, value.length, value.map(msgpack));
  const entries = Object.entries(value as object);
  return sized(
    0xdf,
    entries.length,
    entries.flatMap(([name, item]) => [msgpack(name), msgpack(item)]),
  );
}

function sized(code: number, length: number, parts: readonly Buffer[]): Buffer {
  const head = Buffer.from([code, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, ...parts]);
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

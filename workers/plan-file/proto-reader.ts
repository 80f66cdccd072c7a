import { unreadable } from './unreadable.ts';

/** One field of a protobuf message: a varint as a number, everything with a length as its bytes (not copied). */
export type ProtoField = number | Buffer;

/**
 * Reads one message of the protobuf wire format field by field; fixed-width fields are skipped, a plan has none that count.
 * Throws where the bytes are no such message.
 */
export function readFields(message: Buffer, take: (number: number, field: ProtoField) => void): void {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const tag = readVarint(message, cursor);
    const number = Math.floor(tag / 8);
    if (number === 0) throw unreadable('a field without a number');
    switch (tag % 8) {
      case 0:
        take(number, readVarint(message, cursor));
        break;
      case 1:
        skip(message, cursor, 8);
        break;
      case 2: {
        const length = readVarint(message, cursor);
        const from = cursor.at;
        skip(message, cursor, length);
        take(number, message.subarray(from, from + length));
        break;
      }
      case 5:
        skip(message, cursor, 4);
        break;
      default:
        throw unreadable('a field of an unknown kind');
    }
  }
}

/** The field as bytes; throws where it is a number. */
export function asBytes(field: ProtoField): Buffer {
  if (typeof field === 'number') throw unreadable('a number in place of a message');
  return field;
}

/** The field as a number; throws where it has bytes. */
export function asNumber(field: ProtoField): number {
  if (typeof field !== 'number') throw unreadable('a message in place of a number');
  return field;
}

/** The field as text; throws where it is none, or no UTF-8. */
export function asText(field: ProtoField): string {
  return textOf(asBytes(field));
}

/** UTF-8 as text; throws where it is not valid, since the engine would show something else for it. */
export function textOf(bytes: Buffer): string {
  return textIn(bytes, 0, bytes.length);
}

/** A part of a buffer as text, as `textOf`. */
export function textIn(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to);
  if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes.subarray(from, to))) {
    throw unreadable('a text that is no UTF-8');
  }
  return text;
}

interface Cursor {
  at: number;
}

function readVarint(bytes: Buffer, cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw unreadable('it ends within a number');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) throw unreadable('a number beyond all bounds');
      return value;
    }
    scale *= 128;
  }
  throw unreadable('a number without an end');
}

function skip(bytes: Buffer, cursor: Cursor, length: number): void {
  cursor.at += length;
  if (cursor.at > bytes.length) throw unreadable('it ends within a field');
}

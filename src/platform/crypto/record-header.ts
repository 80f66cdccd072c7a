import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../kernel/errors.ts';
import type { SealingKey } from './key-ring.ts';

/**
 * What stands before the records, 86 bytes: magic `HFRC` | version 1 | log2 of the record size | key id (16 ASCII) |
 * salt (32) | commitment (32). Every file has keys of its own, derived from the master key and the salt; the
 * commitment is an HMAC over the context, so that "belongs to something else" can be told from "damaged".
 */
export interface RecordHeader {
  readonly keyId: string;
  readonly salt: Buffer;
  readonly commitment: Buffer;
  /** As it stands in the file: authenticated with every record. */
  readonly bytes: Buffer;
}

export interface FileKeys {
  /** A `KeyObject`: raw bytes would be looked at for every record, which takes as long as sealing it. */
  readonly seal: KeyObject;
  readonly commit: KeyObject;
}

export const HEADER_BYTES = 86;
const RECORD_BYTES_LOG2 = 16;
/** Clear bytes of a record. */
export const RECORD_BYTES = 2 ** RECORD_BYTES_LOG2;
const MAGIC = Buffer.from('HFRC');
const VERSION = 1;

/** The header of a new file under `key`, for one context. */
export function makeHeader(key: SealingKey, salt: Uint8Array, keys: FileKeys, context: string): RecordHeader {
  const commitment = commitTo(keys, context);
  const fixed = Buffer.from([VERSION, RECORD_BYTES_LOG2]);
  const bytes = Buffer.concat([MAGIC, fixed, Buffer.from(key.id, 'ascii'), salt, commitment]);
  return { keyId: key.id, salt: Buffer.from(salt), commitment, bytes };
}

/** Reads a header; throws `internal` where the bytes are none of ours. */
export function parseHeader(bytes: Buffer): RecordHeader {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) {
    throw new HoldfastError('internal', `stored bytes are not sealed by Holdfast, or cut off (${bytes.length} bytes)`);
  }
  if (bytes[4] !== VERSION || bytes[5] !== RECORD_BYTES_LOG2) {
    throw new HoldfastError('internal', `stored bytes are sealed in format ${bytes[4]}.${bytes[5]}, known is 1.16`, {
      treatment: { kind: 'human', wayOut: 'a newer Holdfast may have written them: start that one' },
    });
  }
  return {
    keyId: bytes.subarray(6, 22).toString('ascii'),
    salt: bytes.subarray(22, 54),
    commitment: bytes.subarray(54, 86),
    bytes,
  };
}

/** The keys of one file: from the master key and the file's salt. */
export function deriveFileKeys(key: SealingKey, salt: Uint8Array): FileKeys {
  const derived = Buffer.from(hkdfSync('sha256', key.secret, salt, 'holdfast records 1', 64));
  return { seal: createSecretKey(derived.subarray(0, 32)), commit: createSecretKey(derived.subarray(32)) };
}

/** Whether the file was sealed for this context. */
export function isSealedFor(header: RecordHeader, keys: FileKeys, context: string): boolean {
  return timingSafeEqual(header.commitment, commitTo(keys, context));
}

function commitTo(keys: FileKeys, context: string): Buffer {
  return createHmac('sha256', keys.commit).update(context).digest();
}

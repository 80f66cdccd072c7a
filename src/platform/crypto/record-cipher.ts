import { createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import { type Block, ByteReader, type ByteSource } from './byte-reader.ts';
import type { KeyRing } from './key-ring.ts';
import {
  deriveFileKeys,
  HEADER_BYTES,
  isSealedFor,
  makeHeader,
  parseHeader,
  RECORD_BYTES,
  type RecordHeader,
} from './record-header.ts';

const TAG_BYTES = 16;
const TAG = { authTagLength: TAG_BYTES };

/** Seals and opens streams of bytes for a context (`state|net/prod`): only who names the same context can open them. */
export interface RecordCipher {
  /**
   * Header, then AES-256-GCM records of 64 KiB, each in memory of its own (`releaseBytes`). Memory: two records. What
   * `closing` answers once the source has ended (its digest) is bound into the last record.
   */
  seal(clear: ByteSource, context: string, closing?: () => string): AsyncGenerator<Buffer>;
  /**
   * The clear bytes, each record in memory of its own. Throws `internal` at the first record that is cut off, moved, changed or foreign; at the last one
   * where it was sealed with another `closing`.
   */
  open(sealed: ByteSource, context: string, closing?: string): AsyncGenerator<Buffer>;
}

/** A cipher over the instance's keys. */
export function createRecordCipher(keys: KeyRing, random: Random): RecordCipher {
  return {
    async *seal(clear, context, closing = () => '') {
      const key = keys.current();
      const salt = random.bytes(32);
      const fileKeys = deriveFileKeys(key, salt);
      const header = makeHeader(key, salt, fileKeys, context);
      yield header.bytes;
      for await (const record of inRecords(new ByteReader(clear), RECORD_BYTES)) {
        const { nonce, aad } = positionOf(header, record, closing);
        const cipher = createCipheriv('aes-256-gcm', fileKeys.seal, nonce).setAAD(aad);
        yield cipher.update(record.bytes);
        cipher.final();
        yield cipher.getAuthTag();
      }
    },
    async *open(sealed, context, closing = '') {
      const reader = new ByteReader(sealed);
      const header = parseHeader(Buffer.from((await reader.take(HEADER_BYTES)).bytes));
      const key = await keys.find(header.keyId);
      if (!key) throw missingKey(header.keyId);
      const fileKeys = deriveFileKeys(key, header.salt);
      if (!isSealedFor(header, fileKeys, context)) throw foreign(context);
      for await (const record of inRecords(reader, RECORD_BYTES + TAG_BYTES)) {
        const { nonce, aad } = positionOf(header, record, () => closing);
        yield openRecord(record, context, createDecipheriv('aes-256-gcm', fileKeys.seal, nonce, TAG).setAAD(aad));
      }
    },
  };
}

interface Place {
  readonly index: number;
  readonly isLast: boolean;
}

/** Blocks of `size` and their places; the last one is perhaps short, perhaps empty. */
async function* inRecords(reader: ByteReader, size: number): AsyncGenerator<Block & Place> {
  try {
    for (let index = 0; ; index++) {
      const { bytes, isLast } = await reader.take(size);
      yield { bytes, isLast, index };
      if (isLast) return;
    }
  } finally {
    await reader.release();
  }
}

function openRecord(record: Block & Place, context: string, decipher: DecipherGCM): Buffer {
  const end = record.bytes.length - TAG_BYTES;
  if (end < 0) throw damaged(context, record.index);
  decipher.setAuthTag(record.bytes.subarray(end));
  const clear = decipher.update(record.bytes.subarray(0, end));
  try {
    decipher.final();
  } catch (cause) {
    throw damaged(context, record.index, cause);
  }
  return clear;
}

/** Nonce and AAD hold the record's place and whether it is the last: keys are new per file, so a count is enough. */
function positionOf(header: RecordHeader, { index, isLast }: Place, closing: () => string) {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return { nonce, aad: Buffer.concat([header.bytes, nonce, Buffer.from(isLast ? closing() : '')]) };
}

function missingKey(id: string): HoldfastError {
  return new HoldfastError('internal', `stored bytes are sealed with key ${id}, which is not among the key files`, {
    treatment: { kind: 'human', wayOut: `put ${id}.key back into the folder of keys (data_dir/keys) from a backup` },
  });
}

function foreign(context: string): HoldfastError {
  return new HoldfastError('internal', `stored bytes were not sealed for "${context}": they belong to something else`, {
    treatment: { kind: 'human', wayOut: 'a file was swapped or its row changed: restore both from one backup' },
  });
}

function damaged(context: string, index: number, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'internal',
    `stored bytes of "${context}" are damaged, cut off or not those recorded (record ${index})`,
    {
      treatment: { kind: 'human', wayOut: 'restore the file from a backup' },
      cause,
    },
  );
}

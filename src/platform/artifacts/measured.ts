import { createHash } from 'node:crypto';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ByteSource } from '../crypto/byte-reader.ts';

/** Hashes of what passed through. */
export interface Measure {
  digest: string;
  size: number;
}

/** Passes chunks on while counting and hashing them into `measure`; throws `too_large` at the first byte too many. */
export async function* measured(source: ByteSource, maxBytes: number, measure: Measure): AsyncGenerator<Uint8Array> {
  const sha = createHash('sha256');
  for await (const chunk of source) {
    measure.size += chunk.length;
    if (measure.size > maxBytes) throw tooLarge(maxBytes);
    sha.update(chunk);
    yield chunk;
  }
  measure.digest = sha.digest('hex');
}

function tooLarge(maxBytes: number): HoldfastError {
  return new HoldfastError('too_large', `more than ${maxBytes} bytes were sent`, {
    treatment: { kind: 'human', wayOut: 'make it smaller, or raise the limit' },
  });
}

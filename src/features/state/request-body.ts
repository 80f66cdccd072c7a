import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { releaseBytes } from '../../kernel/release-bytes.ts';

const LOCK_BODY_MAX = 64 * 1024;
const SILENCE_MS = 60_000;

/**
 * The chunks of a request, each released when the next is asked for. The request stays open for its answer wherever
 * reading stops; a silent sender is hung up on.
 */
export async function* bodyOf(request: IncomingMessage, clock: Clock): AsyncGenerator<Buffer> {
  const hangUp = () => request.destroy();
  let cancel = clock.after(SILENCE_MS, hangUp);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      cancel();
      yield chunk as Buffer;
      releaseBytes(chunk as Buffer);
      cancel = clock.after(SILENCE_MS, hangUp);
    }
  } catch (cause) {
    throw new HoldfastError('busy', 'the request ended before its body did', { cause });
  } finally {
    cancel();
  }
}

/** A small body as text; throws `too_large`. */
export async function textOf(request: IncomingMessage, clock: Clock): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of bodyOf(request, clock)) {
    size += part.length;
    if (size > LOCK_BODY_MAX) throw new HoldfastError('too_large', `a lock info has ${LOCK_BODY_MAX} bytes at most`);
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString();
}

/** Throws `too_large` where the announced length is, before a byte of it is read. */
export function refuseAnnounced(request: IncomingMessage, maxBytes: number): void {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced <= maxBytes) return;
  throw new HoldfastError('too_large', `a state may have ${maxBytes} bytes at most, this one has ${announced}`, {
    treatment: { kind: 'human', wayOut: 'split the stack' },
  });
}

import { formatMegabytes } from './log-texts.ts';

/** Where a rendered log is cut: all of it up to `headBytes`, then only the last `tailBytes`, with a line in between. */
export interface LogBounds {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** Whose part of a run's log it is: of a plan, perhaps with an apply to come, or of the apply that begins at `startsAt`. */
export type LogPart = { readonly isLast: boolean } | { readonly startsAt: number };

/** What of a run's limit a part may take: a plan leaves half to its apply, which has all that the plan did not take. */
export function shareOf(limitBytes: number, part: LogPart): number {
  const half = Math.floor(limitBytes / 2);
  if ('startsAt' in part) return Math.max(half, limitBytes - part.startsAt);
  return part.isLast ? limitBytes : half;
}

/** Half of the limit for the beginning, half for the end. */
export function boundsOf(limitBytes: number): LogBounds {
  const headBytes = Math.floor(limitBytes / 2);
  return { headBytes, tailBytes: limitBytes - headBytes };
}

/**
 * How many of `bytes` still belong to the head that has `room` left, never cutting a character. Depends only on where the
 * bytes lie in the log, not on how they were cut into chunks, so that a log rendered again is the same log.
 */
export function headCut(bytes: Uint8Array, room: number): number {
  if (bytes.length <= room) return bytes.length;
  let cut = Math.max(0, room);
  while (cut > 0 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}

/** Where a chunk goes in a ring of `capacity` bytes after `written` bytes: at most two pieces, only its last bytes if longer. */
export function ringPieces(written: number, length: number, capacity: number): RingPiece[] {
  const skip = Math.max(0, length - capacity);
  const at = (written + skip) % capacity;
  const first = Math.min(length - skip, capacity - at);
  const pieces = [{ from: skip, to: skip + first, at }];
  if (skip + first < length) pieces.push({ from: skip + first, to: length, at: 0 });
  return pieces.filter((piece) => piece.to > piece.from);
}

/** Bytes `from`…`to` of a chunk lie at `at` in the ring. */
export interface RingPiece {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** The line that stands for what is not kept; empty where everything is. */
export function leftOutLine(bytes: number): string {
  return bytes <= 0 ? '' : `\n[${formatMegabytes(bytes)} left out]\n`;
}

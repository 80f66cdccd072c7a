import { describe, expect, it } from 'vitest';
import { boundsOf, headCut, leftOutLine, ringPieces, shareOf } from './log-window.ts';

describe('headCut', () => {
  const bytes = Buffer.from('aé€😀z');
  it('takes all that fits', () => {
    expect(headCut(bytes, 100)).toBe(bytes.length);
    expect(headCut(bytes, 0)).toBe(0);
  });
  it('never cuts a character', () => {
    const cuts = Array.from({ length: bytes.length }, (_, room) => bytes.subarray(0, headCut(bytes, room)).toString());
    expect(cuts).toEqual(['', 'a', 'a', 'aé', 'aé', 'aé', 'aé€', 'aé€', 'aé€', 'aé€', 'aé€😀']);
  });
});

describe('ringPieces', () => {
  it('keeps exactly the last bytes, however they come', () => {
    for (const capacity of [1, 3, 7, 10]) {
      for (const sizes of [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 4, 4], [30], [2, 25, 3], [10, 10]]) {
        const ring = Buffer.alloc(capacity, '.');
        let text = '';
        for (const size of sizes) {
          const chunk = Buffer.from(Array.from({ length: size }, (_, n) => 97 + ((text.length + n) % 26)));
          for (const piece of ringPieces(text.length, size, capacity)) chunk.copy(ring, piece.at, piece.from, piece.to);
          text += chunk.toString();
        }
        const start = text.length % capacity;
        const kept = text.length < capacity ? ring.toString().slice(0, text.length) : unroll(ring.toString(), start);
        expect(kept).toBe(text.slice(-capacity));
      }
    }
  });
});

it('halves the limit and names what is left out', () => {
  expect(boundsOf(10_485_761)).toEqual({ headBytes: 5_242_880, tailBytes: 5_242_881 });
  expect(leftOutLine(0)).toBe('');
  expect(leftOutLine(94_371_840)).toBe('\n[90 MB left out]\n');
  expect(leftOutLine(1)).toBe('\n[0.1 MB left out]\n');
});

function unroll(ring: string, start: number): string {
  return ring.slice(start) + ring.slice(0, start);
}

it('a plan leaves half of the limit to its apply, which has what the plan did not take', () => {
  expect(shareOf(101, { isLast: true })).toBe(101);
  expect(shareOf(101, { isLast: false })).toBe(50);
  expect(shareOf(101, { startsAt: 10 })).toBe(91);
  expect(shareOf(101, { startsAt: 80 })).toBe(50);
});

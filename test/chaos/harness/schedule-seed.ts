/** Seed of the nth schedule (from 0) of a suite's seed: the first is the seed itself, so that a schedule that fell can be run alone. */
export function scheduleSeed(seed: number, nth: number): number {
  if (nth === 0) return seed >>> 0;
  let mixed = (seed + Math.imul(nth, 0x9e3779b9)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

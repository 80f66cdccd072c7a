/** One of several, by a number in [0, 1). */
export function pick<T>(from: readonly T[], chance: number): T {
  const found = from[Math.floor(chance * from.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

/** Asks until the answer is neither null nor undefined, every `everyMs`; throws after `timeoutMs` (default 30 s). */
export async function until<T>(
  ask: () => T | null | undefined | Promise<T | null | undefined>,
  timeoutMs = 30_000,
  everyMs = 10,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`still waiting after ${timeoutMs} ms for ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

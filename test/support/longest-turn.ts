/** The longest turn of the event loop while `act` runs, in ms of this thread's own processor time: others are busy, too. */
export async function longestTurn<T>(act: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  let isOver = false;
  let longest = 0;
  let before = process.threadCpuUsage();
  const turn = () => {
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    before = process.threadCpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const answer = await act();
  isOver = true;
  return { answer, ms: longest };
}

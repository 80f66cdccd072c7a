/** A state backend as a process of its own (`node state-server.ts DIR PORT [MAX_BYTES]`): made to be killed and measured. */
import { startStateBackend } from './state-backend.ts';

const [dir = '', port = '0', maxBytes] = process.argv.slice(2);
const server = await startStateBackend({
  dir,
  port: Number(port),
  keepVersions: 1_000_000,
  ...(maxBytes ? { maxBytes: Number(maxBytes) } : {}),
});
process.stdout.write(`${server.url}\n`);

/** Processor time that this thread used without giving the event loop back, in ms: the most since it was last asked. */
let most = 0;
let before = process.threadCpuUsage();
setInterval(() => {
  const now = process.threadCpuUsage();
  most = Math.max(most, (now.user + now.system - before.user - before.system) / 1000);
  before = now;
}, 1);
process.on('SIGUSR2', () => {
  process.stdout.write(`${most}\n`);
  most = 0;
});

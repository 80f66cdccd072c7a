/** A state backend as a process of its own (`node state-server.ts DIR PORT`): made to be killed and measured. */
import { startStateBackend } from './state-backend.ts';

const [dir = '', port = '0'] = process.argv.slice(2);
const server = await startStateBackend({ dir, port: Number(port), keepVersions: 1_000_000 });
process.stdout.write(`${server.url}\n`);

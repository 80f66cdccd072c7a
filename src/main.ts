import { runCli } from './cli/run-cli.ts';
import { createDeps } from './main-deps.ts';

/** What may still be open after a command has said all it has to say gets this long, and no longer. */
const LINGER_MS = 250;

process.exitCode = await runCli(process.argv.slice(2), createDeps());
// A pager, a slow disk: what was said is not cut for who has not read it yet. Called with an error where nobody will.
if (process.stdout.writableLength > 0) await new Promise((done) => process.stdout.write('', done));
// Unref'd: it fires only where something else keeps the process alive.
setTimeout(() => process.exit(), LINGER_MS).unref();

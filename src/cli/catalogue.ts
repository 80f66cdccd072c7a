import type { CommandDefinition } from './command.ts';

/** A command as the list of commands shows it; everything else about it is loaded only where it is needed. */
export interface CatalogueEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  load(): Promise<CommandDefinition>;
}

const entry = (
  group: string,
  name: string,
  summary: string,
  load: () => Promise<{ readonly command: CommandDefinition }>,
): CatalogueEntry => ({ name, group, summary, load: async () => (await load()).command });

const RUN = 'Run it';
const SET_UP = 'Set it up';
const LOOK = 'Look';
const ACT = 'Act';
const MORE = 'More';

/** Every command. A new one is a file in `commands/` and a line here. */
export const catalogue: readonly CatalogueEntry[] = [
  entry(
    RUN,
    'demo',
    'See it work: a commit, its plan, an approval, its apply, drift',
    () => import('./commands/demo.ts'),
  ),
  entry(RUN, 'up', 'Everything on this machine: control plane and workers', () => import('./commands/up.ts')),
  entry(RUN, 'serve', 'The control plane alone', () => import('./commands/serve.ts')),
  entry(RUN, 'worker', 'A worker alone', () => import('./commands/worker.ts')),
  entry(SET_UP, 'init', 'Write a commented server.yaml and holdfast.yaml', () => import('./commands/init.ts')),
  entry(SET_UP, 'doctor', 'What is found, what is missing, and the way out', () => import('./commands/doctor.ts')),
  entry(SET_UP, 'validate', 'Check server.yaml, or a repository', () => import('./commands/validate.ts')),
  entry(SET_UP, 'changed', 'Which stacks a range of commits touches, and why', () => import('./commands/changed.ts')),
  entry(SET_UP, 'import', "Make a holdfast.yaml from another tool's file", () => import('./commands/import.ts')),
  entry(SET_UP, 'notify', 'Send a channel one sample of each event', () => import('./commands/notify.ts')),
  entry(LOOK, 'stacks', 'The stacks, or one of them', () => import('./commands/stacks.ts')),
  entry(LOOK, 'runs', 'The runs, newest first', () => import('./commands/runs.ts')),
  entry(LOOK, 'run', 'One run: its plan, and why', () => import('./commands/run.ts')),
  entry(LOOK, 'logs', 'The log of a run', () => import('./commands/logs.ts')),
  entry(LOOK, 'locks', 'Who holds what since when, alive or dead', () => import('./commands/locks.ts')),
  entry(LOOK, 'state', 'List, print or restore the versions of a state', () => import('./commands/state.ts')),
  entry(
    LOOK,
    'drift',
    'Check now what changed behind Holdfast, report it, acknowledge it',
    () => import('./commands/drift.ts'),
  ),
  entry(ACT, 'plan', 'Plan a stack now', () => import('./commands/plan.ts')),
  entry(ACT, 'approve', 'Apply a plan that waits for approval', () => import('./commands/approve.ts')),
  entry(ACT, 'discard', 'Throw a waiting plan away', () => import('./commands/discard.ts')),
  entry(ACT, 'cancel', 'Stop a run', () => import('./commands/cancel.ts')),
  entry(ACT, 'retry', 'Plan again what ended badly', () => import('./commands/retry.ts')),
  entry(ACT, 'unblock', 'Let a blocked stack apply again', () => import('./commands/unblock.ts')),
  entry(ACT, 'freeze', 'No applies anywhere, for now', () => import('./commands/freeze.ts')),
  entry(ACT, 'unfreeze', 'Applies may go on', () => import('./commands/unfreeze.ts')),
  entry(ACT, 'unlock', 'Free the lock of a stack', () => import('./commands/unlock.ts')),
  entry(MORE, 'version', 'Which version this is', () => import('./commands/version.ts')),
  entry(MORE, 'completion', 'A completion script for your shell', () => import('./commands/completion.ts')),
];

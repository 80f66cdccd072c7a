import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'demo',
  summary: 'See it work: a commit, its plan, an approval, its apply, drift',
  description:
    'Makes a throw-away repository from the example stacks, watches it with a real instance on a free port and in a ' +
    'temporary folder, commits a change, shows its plan and the message as a channel got it, approves it and shows how ' +
    'it was applied, changes something behind its back and shows how that is found and told. It keeps running, so that you can look around, until Ctrl-C. Nothing is downloaded and nothing ' +
    'real is touched.',
  needsServer: false,
  arguments: [],
  options: [{ flags: '--once', text: 'end after that, with a summary' }],
  examples: [
    ['holdfast demo', 'keeps running, to look around'],
    ['holdfast demo --once', 'ends with a summary'],
  ],
  async run(context, { options }) {
    return context.deps.demo(context, { once: options.once === true });
  },
};

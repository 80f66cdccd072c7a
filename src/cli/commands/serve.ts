import type { CommandDefinition } from '../command.ts';
import { loadConfig } from '../load-config.ts';
import { runPart } from '../run-part.ts';

export const command: CommandDefinition = {
  name: 'serve',
  summary: 'The control plane alone',
  description:
    'Starts the control plane without workers: it watches repositories, keeps runs and states, and talks to people. ' +
    'Plans wait until a `holdfast worker` claims them.',
  needsServer: false,
  arguments: [],
  options: [],
  examples: [
    ['holdfast serve', 'with ./server.yaml'],
    ['holdfast serve & holdfast worker', 'both halves on one machine'],
  ],
  async run(context) {
    const config = loadConfig(context);
    const { deps } = context;
    return runPart(context, { name: 'serve', dataDir: config.dataDir }, () =>
      deps.startServer({ mode: 'serve', config, env: deps.env }),
    );
  },
};

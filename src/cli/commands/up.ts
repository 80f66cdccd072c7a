import type { CommandDefinition } from '../command.ts';
import { loadConfig } from '../load-config.ts';
import { runPart } from '../run-part.ts';

export const command: CommandDefinition = {
  name: 'up',
  summary: 'Everything on this machine: control plane and workers',
  description:
    'Starts the control plane in this process and its workers as child processes, and prints the address. Where no ' +
    'database and no Redis are configured it brings its own. Ctrl-C (or SIGTERM) drains: plans get a moment to end, ' +
    'applies go on by themselves and are found again at the next start.',
  needsServer: false,
  arguments: [],
  options: [],
  examples: [
    ['holdfast up', 'with ./server.yaml'],
    ['holdfast up --config /etc/holdfast/server.yaml', 'with another file'],
    ['HOLDFAST_LISTEN=127.0.0.1:4700 holdfast up', 'on another port'],
  ],
  async run(context) {
    const config = loadConfig(context);
    const { deps } = context;
    return runPart(context, { name: 'up', dataDir: config.dataDir }, () =>
      deps.startServer({ mode: 'up', config, env: deps.env }),
    );
  },
};

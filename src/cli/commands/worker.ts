import type { CommandDefinition } from '../command.ts';
import { runPart } from '../run-part.ts';

export const command: CommandDefinition = {
  name: 'worker',
  summary: 'A worker alone',
  description:
    'Starts a worker: it claims runs from a control plane, plans and applies them, and reports. On the machine of the ' +
    'control plane it finds address and secret in data_dir; elsewhere they stand in the `worker` block of server.yaml.',
  needsServer: false,
  arguments: [],
  options: [{ flags: '--supervised', text: 'started by `holdfast up`, which tells it all over IPC', hidden: true }],
  examples: [
    ['holdfast worker', 'beside a `holdfast serve` on this machine'],
    ['holdfast worker --config worker.yaml', 'elsewhere, with `worker: {server: …, secret: {file: …}}`'],
  ],
  async run(context, { options }) {
    const { deps } = context;
    if (options.supervised === true) {
      return runPart(context, { name: 'worker', dataDir: null }, () => deps.startWorker('supervised'));
    }
    // A supervised worker is told everything: it need not carry the reader of configurations, and stays small.
    const [{ loadConfig }, { findWorkerPlace }] = await Promise.all([
      import('../load-config.ts'),
      import('../find-worker-place.ts'),
    ]);
    const config = loadConfig(context);
    const place = await findWorkerPlace(config);
    return runPart(context, { name: 'worker', dataDir: config.dataDir }, () => deps.startWorker(place));
  },
};

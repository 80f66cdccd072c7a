import { RunListItem } from '../../api/contract.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'cancel',
  summary: 'Stop a run',
  description:
    'Takes a run out of the queue, or stops its engine. A plan is stopped for good; what an apply has already changed stays changed.',
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run' }],
  options: [],
  examples: [['holdfast cancel 01k9zq4t7c8e2m5r', 'a run that should not go on']],
  exits: '0 accepted, 1 refused (it says by whom the run was moved).',
  async run(context, { args: [id = ''] }) {
    const api = await context.api();
    const answer = await api.post(`/api/v1/runs/${encodeURIComponent(id)}/cancel`, {}, RunListItem);
    return actedOn(context, answer, { wait: false });
  },
};

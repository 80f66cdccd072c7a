import { RunListItem } from '../../api/contract.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'discard',
  summary: 'Throw a waiting plan away',
  description:
    'Says that nobody wants what a waiting plan would do. The run ends as discarded; the next push plans again.',
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run' }],
  options: [],
  examples: [['holdfast discard 01k9zq4t7c8e2m5r', 'a plan that should not be applied']],
  exits: '0 accepted, 1 refused (it says by whom the run was moved).',
  async run(context, { args: [id = ''] }) {
    const api = await context.api();
    const answer = await api.post(`/api/v1/runs/${encodeURIComponent(id)}/discard`, {}, RunListItem);
    return actedOn(context, answer, { wait: false });
  },
};

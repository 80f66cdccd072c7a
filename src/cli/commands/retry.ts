import { RunListItem } from '../../api/contract.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'retry',
  summary: 'Plan again what ended badly',
  description:
    'Makes a new run for one that failed and prints it. It plans at the present head, against the state as it is now, so ' +
    'what the failed apply has already done is not done twice, and its plan wants an approval of its own.',
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run that ended' }],
  options: [{ flags: '--wait', text: 'wait until the new plan is there, and print it' }],
  examples: [['holdfast retry 01k9zq4t7c8e2m5r', 'prints the new run']],
  exits: '0 accepted, 1 refused. With --wait: 0 nothing to change, 2 there are changes, 1 everything else.',
  async run(context, { args: [id = ''], options }) {
    const api = await context.api();
    const answer = await api.post(`/api/v1/runs/${encodeURIComponent(id)}/retry`, {}, RunListItem);
    return actedOn(context, answer, { wait: options.wait === true });
  },
};

import { Run, RunListItem } from '../../api/contract.ts';
import { CANCEL_OF_APPLY } from '../../api/text/cancel-text.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';
import { confirmName } from '../confirm-name.ts';

export const command: CommandDefinition = {
  name: 'cancel',
  summary: 'Stop a run',
  description:
    'Takes a run out of the queue, or stops its engine. A plan is stopped for good. An apply gets exactly one SIGINT, ' +
    'after this command has said what that means (on a terminal it asks for the run’s id first): what it has already ' +
    'changed stays changed.',
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run' }],
  options: [{ flags: '--confirm <run>', text: 'the id of a running apply again: do not ask' }],
  examples: [['holdfast cancel 01k9zq4t7c8e2m5r', 'a run that should not go on']],
  exits: '0 accepted, 1 refused (it says by whom the run was moved).',
  async run(context, { args: [id = ''], options }) {
    const api = await context.api();
    const path = `/api/v1/runs/${encodeURIComponent(id)}`;
    const { value: run } = await api.get(path, Run);
    if (run.status === 'applying') {
      for (const line of CANCEL_OF_APPLY) context.output.warn(line);
      // A script has nobody to ask: it called for just this, and finds above what it means.
      if (context.deps.ask !== null || options.confirm !== undefined) await confirmName(context, id, options.confirm);
    }
    const answer = await api.post(`${path}/cancel`, {}, RunListItem);
    return actedOn(context, answer, { wait: false });
  },
};

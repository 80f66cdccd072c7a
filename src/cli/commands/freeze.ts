import { Freeze } from '../../api/contract.ts';
import { renderFreezeText } from '../../api/text/freeze-text.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'freeze',
  summary: 'No applies anywhere, for now',
  description:
    'Stops every apply that has not started: approvals are refused, approved runs wait. What is running goes on to its ' +
    'end, and plans and drift checks go on as ever. It survives restarts, until `holdfast unfreeze`.',
  needsServer: true,
  arguments: [],
  options: [{ flags: '--reason <text>', text: 'why, for those who are refused' }],
  examples: [['holdfast freeze --reason "release day"', 'nothing is applied until unfreeze']],
  async run(context, { options }) {
    const reason = options.reason === undefined ? {} : { reason: String(options.reason) };
    const { body, value } = await (await context.api()).post('/api/v1/freeze', reason, Freeze);
    return { exit: 0, json: body, text: (text) => renderFreezeText(value, text) };
  },
};

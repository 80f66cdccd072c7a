import { Freeze } from '../../api/contract.ts';
import { renderFreezeText } from '../../api/text/freeze-text.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'unfreeze',
  summary: 'Applies may go on',
  description:
    'Ends what `holdfast freeze` began: approved runs that waited go on by themselves. A freeze that server.yaml says ' +
    '(`applies: {freeze: true}`) is ended there.',
  needsServer: true,
  arguments: [],
  options: [],
  examples: [['holdfast unfreeze', 'applies may go on']],
  async run(context) {
    const { body, value } = await (await context.api()).delete('/api/v1/freeze', undefined, Freeze);
    return { exit: 0, json: body, text: (text) => renderFreezeText(value, text) };
  },
};

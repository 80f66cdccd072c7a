import { Unblocked } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'unblock',
  summary: 'Let a blocked stack apply again',
  description:
    'A stack is blocked for applies when resources were made that are in no state, or a state could not be saved. It ' +
    'still plans, so that the imports can be tried. Once that is in order, this lets it apply again; the reason goes ' +
    'into the audit.',
  needsServer: true,
  arguments: [{ syntax: '<stack>', text: 'name of the stack' }],
  options: [{ flags: '--reason <text>', text: 'what was done about it', required: true }],
  examples: [['holdfast unblock network/prod --reason "imported both gateways"', 'applies may go on']],
  async run(context, { args: [stack = ''], options }) {
    const api = await context.api();
    const path = `/api/v1/stacks/${encodeURIComponent(stack)}/unblock`;
    const { body, value } = await api.post(path, { reason: String(options.reason) }, Unblocked);
    return { exit: 0, json: body, text: () => `${clean(value.name)} is unblocked: it may be applied again.\n` };
  },
};

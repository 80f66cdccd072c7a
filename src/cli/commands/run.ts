import { Run } from '../../api/contract.ts';
import { renderRunText } from '../../api/text/run-text.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'run',
  summary: 'One run: its plan, and why',
  description:
    'Shows one run in full: what it would change, resource by resource and attribute by attribute, why it exists, ' +
    'what it waits for, why it failed, and what to do next. Sensitive values are masked.',
  needsServer: true,
  arguments: [{ syntax: '<id>', text: 'id of the run, as `holdfast runs` shows it' }],
  options: [],
  examples: [
    ['holdfast run 01k9zq4t7c8e2m5r', 'its plan, and why it exists'],
    ["holdfast run 01k9zq4t7c8e2m5r --json | jq '.changes[].address'", 'what it would change'],
  ],
  async run(context, { args: [id = ''] }) {
    const api = await context.api();
    const { body, value } = await api.get(`/api/v1/runs/${encodeURIComponent(id)}`, Run);
    return { exit: 0, json: body, text: (text) => renderRunText(value, text) };
  },
};

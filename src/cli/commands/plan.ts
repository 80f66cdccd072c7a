import { type CreateRunRequest, RunListItem } from '../../api/contract.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'plan',
  summary: 'Plan a stack now',
  description:
    'Queues a plan of a stack and prints the run. Without --ref it plans the head of the watched branch. A plan of ' +
    'another ref shows what it would change and can never be approved.',
  needsServer: true,
  arguments: [{ syntax: '<stack>', text: 'name of the stack' }],
  options: [
    { flags: '--ref <rev>', text: 'branch, tag or commit to plan instead of the head' },
    { flags: '--destroy', text: 'plan to destroy everything in the stack', conflicts: ['refreshOnly'] },
    { flags: '--refresh-only', text: 'plan only what changed outside of Terraform' },
    { flags: '--wait', text: 'wait until the plan is there, and print it' },
  ],
  examples: [
    ['holdfast plan network/prod', 'queue a plan'],
    ['holdfast plan network/prod --wait', 'and see it'],
    ['holdfast plan network/prod --ref my-branch --wait', 'what would my branch change?'],
  ],
  exits: '0 accepted. With --wait: 0 nothing to change (or applied), 2 there are changes, 1 everything else.',
  async run(context, { args: [stack = ''], options }) {
    const kind = options.destroy === true ? 'destroy' : options.refreshOnly === true ? 'refresh' : 'plan';
    const ref = options.ref === undefined ? {} : { ref: String(options.ref) };
    const body: CreateRunRequest = { stack, kind, ...ref };
    const api = await context.api();
    const answer = await api.post('/api/v1/runs', body, RunListItem);
    return actedOn(context, answer, { wait: options.wait === true });
  },
};

import { Run, RunListItem } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { dangerLines } from '../../api/text/danger-text.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { actedOn } from '../acted-on.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'approve',
  summary: 'Apply a plan that waits for approval',
  description:
    'Approves exactly the plan that the run shows now: its digest is sent along, and what is applied is that saved plan. ' +
    'What it destroys and replaces is named first. It is refused, with the reason, where anything moved meanwhile: the ' +
    "stack's files, its state, a freeze, a window, the plan's age.",
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run' }],
  options: [
    {
      flags: '--digest <digest>',
      text: 'approve only a plan of this digest (64 hex digits, `plan` on the run’s page)',
    },
    { flags: '--wait', text: 'wait until the apply has ended, and print how' },
  ],
  examples: [
    ['holdfast approve 01k9zq4t7c8e2m5r', 'the plan that `holdfast run` shows'],
    ['holdfast approve 01k9zq4t7c8e2m5r --wait', 'and wait for its end'],
  ],
  exits: '0 accepted, 1 refused. With --wait: 0 applied, 2 it waits for approval again, 1 everything else.',
  async run(context, { args: [id = ''], options }) {
    const api = await context.api();
    const path = `/api/v1/runs/${encodeURIComponent(id)}`;
    const { value: run } = await api.get(path, Run);
    const digest = options.digest === undefined ? run.plan_digest : String(options.digest).toLowerCase();
    if (digest === null) {
      throw new HoldfastError('conflict', `run ${clean(id)} is ${run.status}: it has no plan that could be approved`, {
        treatment: { kind: 'human', wayOut: `look at it with: holdfast run ${id}` },
      });
    }
    if (run.status === 'awaiting_approval') for (const line of dangerLines(run)) context.output.warn(line);
    const answer = await api.post(`${path}/approve`, { plan_digest: digest }, RunListItem);
    return actedOn(context, answer, { wait: options.wait === true });
  },
};

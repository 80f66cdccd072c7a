import { CdktfApp, RunListItem, StackList } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { actedOn } from '../acted-on.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.ts';
import { sleepAlive } from '../sleep-alive.ts';

export const command: CommandDefinition = {
  name: 'retry',
  summary: 'Plan again what ended badly',
  description:
    'Makes a new run for one that failed and prints it. It plans at the present head, against the state as it is now, so ' +
    'what the failed apply has already done is not done twice, and its plan wants an approval of its own. With the name ' +
    'of a CDKTF app that could not be synthesised it tries that again, and plans the stacks that differ.',
  needsServer: true,
  arguments: [{ syntax: '<run>', text: 'id of the run that ended, or name of a CDKTF app' }],
  options: [{ flags: '--wait', text: 'wait until the new plan (or the synthesis) is there, and print it' }],
  examples: [
    ['holdfast retry 01k9zq4t7c8e2m5r', 'prints the new run'],
    ['holdfast retry platform', 'synthesises the CDKTF app platform again'],
  ],
  exits:
    '0 accepted, 1 refused. With --wait: 0 nothing to change (an app: synthesised), 2 there are changes, 1 everything else.',
  async run(context, { args: [id = ''], options }) {
    const api = await context.api();
    const wait = options.wait === true;
    try {
      const answer = await api.post(`/api/v1/runs/${encodeURIComponent(id)}/retry`, {}, RunListItem);
      return await actedOn(context, answer, { wait });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'not_found') throw error;
      const app = await retryApp(api, id);
      if (app === null) throw error;
      return wait ? shown(await waitForApp(context, app)) : shown(app);
    }
  },
};

/** null: there is no such app either. */
async function retryApp(api: ApiClient, name: string): Promise<CdktfApp | null> {
  try {
    return (await api.post(`/api/v1/apps/${encodeURIComponent(name)}/retry`, {}, CdktfApp)).value;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found') return null;
    throw error;
  }
}

const POLL_MS = 700;

async function waitForApp({ api, deps }: CommandContext, app: CdktfApp): Promise<CdktfApp> {
  let now = app;
  while (now.status === 'queued' || now.status === 'running') {
    await sleepAlive(deps.clock, POLL_MS);
    const { value } = await (await api()).get('/api/v1/stacks?limit=1', StackList);
    const found = value.apps.find(({ name }) => name === app.name);
    if (!found) throw new HoldfastError('not_found', `CDKTF app "${app.name}" is gone from the head`);
    now = found;
  }
  return now;
}

function shown(app: CdktfApp): CommandResult {
  const name = clean(app.name);
  const texts = {
    queued: `CDKTF app ${name} is synthesised again; then its stacks that differ are planned.\n`,
    running: `CDKTF app ${name} is being synthesised; then its stacks that differ are planned.\n`,
    done: `CDKTF app ${name} is synthesised; its stacks that differ are planned.\n`,
    failed: `CDKTF app ${name} could not be synthesised: ${clean(app.error ?? '')}\n`,
  };
  return { exit: app.status === 'failed' ? 1 : 0, json: app, text: () => texts[app.status] };
}

import { ErroredStateRestored, StateRestored, StateVersionList } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { renderStateVersionsText } from '../../api/text/states-text.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.ts';
import { fetchPages } from '../fetch-pages.ts';
import { pullState } from '../pull-state.ts';

export const command: CommandDefinition = {
  name: 'state',
  summary: 'List, print or restore the versions of a state',
  description:
    'For stacks whose state Holdfast keeps. `list` shows the versions, `pull` prints the bytes of one (the current one ' +
    'without --serial) and nothing else, `restore` stores the content of an old version as a new one with the next ' +
    'serial; it is refused while a run of the stack is open or somebody holds its lock. With --run, `pull` and `restore` ' +
    'are about the errored.tfstate that this run left and that could not be stored. States hold secrets in clear: ' +
    '`pull` and `restore` need an admin token.',
  needsServer: true,
  arguments: [
    { syntax: '<action>', text: 'what to do', choices: ['list', 'pull', 'restore'] },
    { syntax: '<stack>', text: 'name of the stack' },
  ],
  options: [
    { flags: '--serial <n>', text: 'which version (default for pull: the current one)' },
    { flags: '--run <id>', text: 'the state that this run could not save' },
  ],
  examples: [
    ['holdfast state list network/prod', 'its versions, newest first'],
    ['holdfast state pull network/prod > network.tfstate', 'a backup of the current one'],
    ['holdfast state restore network/prod --serial 41', 'serial 41 is current again'],
    ['holdfast state restore network/prod --run 01kafz3v5x8qk2', 'what that run could not save is current'],
  ],
  exits: '0 done, 1 refused or nothing there (`pull` then prints nothing on stdout).',
  async run(context, { args: [action, stack = ''], options }) {
    const serial = parseSerial(options.serial);
    const run = typeof options.run === 'string' ? options.run : null;
    if (serial !== null && run !== null) throw new HoldfastError('invalid', 'give --serial or --run, not both');
    if (action === 'pull')
      return pullState(context, stack, run === null ? `versions/${serial ?? 'latest'}` : erroredOf(run));
    if (action === 'restore') return run === null ? restore(context, stack, serial) : recover(context, stack, run);
    if (serial === null && run === null) return list(context, stack);
    throw new HoldfastError('invalid', '`state list` takes no --serial and no --run: it shows all versions');
  },
};

async function list(context: CommandContext, stack: string): Promise<CommandResult> {
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/state/versions`;
  const pages = await fetchPages(await context.api(), path, StateVersionList, (page) => page.versions);
  const versions = pages.items.map(({ value }) => value);
  return {
    exit: 0,
    json: { stack, versions: pages.items.map(({ body }) => body), next: pages.next },
    text: (text) => renderStateVersionsText({ stack, versions, next: pages.next }, text),
  };
}

async function restore(context: CommandContext, stack: string, serial: number | null): Promise<CommandResult> {
  if (serial === null) {
    const wayOut = `see which there are with: holdfast state list ${stack}`;
    throw new HoldfastError(
      'invalid',
      '`state restore` needs --serial N (a version) or --run RUN (what a run could not save)',
      {
        treatment: { kind: 'human', wayOut },
      },
    );
  }
  const api = await context.api();
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/state/versions/${serial}/restore`;
  const { body, value } = await api.post(path, {}, StateRestored);
  const { restored_from: from, version } = value;
  const name = clean(value.stack);
  return {
    exit: 0,
    json: body,
    text: () =>
      `The state of ${name} is serial ${from} again, as serial ${version.serial}.\nNext: holdfast plan ${name}\n`,
  };
}

async function recover(context: CommandContext, stack: string, run: string): Promise<CommandResult> {
  const api = await context.api();
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/state/${erroredOf(run)}/restore`;
  const { body, value } = await api.post(path, {}, ErroredStateRestored);
  const name = clean(value.stack);
  const done = `The state of ${name} is what run ${clean(value.run)} could not save, as serial ${value.serial}.`;
  const next = `holdfast plan ${name}, and when it is right: holdfast unblock ${name} --reason …`;
  return { exit: 0, json: body, text: () => `${done}\nNext: ${next}\n` };
}

const erroredOf = (run: string) => `errored/${encodeURIComponent(run)}`;

function parseSerial(option: string | boolean | undefined): number | null {
  if (option === undefined) return null;
  const text = String(option);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new HoldfastError('invalid', `--serial must be a whole number, got "${text}"`);
}

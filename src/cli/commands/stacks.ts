import { type CdktfApp, RepositoryList, Stack, StackList } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { renderStacksText, renderStackText } from '../../api/text/stacks-text.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.ts';
import { fetchPages } from '../fetch-pages.ts';
import { moveStack, releaseDeletions } from '../stack-names.ts';

export const command: CommandDefinition = {
  name: 'stacks',
  summary: 'The stacks, or one of them',
  description:
    'Shows every stack with its status, its drift and the run that is open; or one stack in full. With --explain it ' +
    'says why a directory is a stack and which files touch it. `stacks mv OLD NEW` gives a stack another name, with its ' +
    'history and its state; it is refused while a run of it is open. `stacks release` lets deletions go on that were held ' +
    'because there were too many in one push. A stack named `mv` or `release` goes after `--`.',
  needsServer: true,
  arguments: [
    { syntax: '[name]', text: 'one stack (without it, all), or `mv` or `release`' },
    { syntax: '[old]', text: 'with `mv`: its name' },
    { syntax: '[new]', text: 'with `mv`: its new name' },
  ],
  options: [{ flags: '--explain', text: 'why it is a stack, and what touches it' }],
  examples: [
    ['holdfast stacks', 'all stacks, by name'],
    ['holdfast stacks network/prod', 'one of them'],
    ['holdfast stacks network/prod --explain', 'and which files would plan it'],
    ['holdfast stacks mv network network-prod', 'another name; the state goes along'],
    ['holdfast stacks release', 'plan the destroys of deletions that are held'],
    ['holdfast stacks --json | jq -r ".stacks[].name"', 'their names'],
  ],
  exits: '0 shown or done, 1 refused.',
  async run(context, { args: [name, old, to], options, literals = 0 }) {
    const api = await context.api();
    const given = [name, old, to].filter((arg) => arg !== undefined).length;
    const isAction = literals < given;
    if (isAction && name === 'mv') return moveStack(api, old, to);
    if (old !== undefined) throw tooMany(old);
    if (isAction && name === 'release') return releaseDeletions(api);
    if (name !== undefined) return showOne(api, name, options.explain === true);
    if (options.explain === true) {
      context.output.warn('--explain needs the name of a stack: holdfast stacks NAME --explain');
    }
    let apps: readonly CdktfApp[] = [];
    const { items, next } = await fetchPages(api, '/api/v1/stacks', StackList, (page) => {
      apps = page.apps;
      return page.stacks;
    });
    await warnOfRepositories(api, context);
    const values = items.map(({ value }) => value);
    return {
      exit: 0,
      json: { stacks: items.map(({ body }) => body), apps, next },
      text: (text) => renderStacksText({ stacks: values, apps: [...apps], next }, text),
    };
  },
};

function tooMany(name: string): HoldfastError {
  return new HoldfastError('invalid', `\`stacks\` shows one stack at a time, got "${name}" as another one`, {
    treatment: { kind: 'human', wayOut: 'to give one another name: holdfast stacks mv OLD NEW' },
  });
}

async function showOne(api: ApiClient, name: string, explain: boolean): Promise<CommandResult> {
  const path = `/api/v1/stacks/${encodeURIComponent(name)}${explain ? '?explain=1' : ''}`;
  const { body, value } = await api.get(path, Stack);
  return { exit: 0, json: body, text: (text) => renderStackText(value, text) };
}

/** A repository that cannot be read has no stacks that could say so. */
async function warnOfRepositories(api: ApiClient, { output }: CommandContext): Promise<void> {
  const { value } = await api.get('/api/v1/repositories?limit=500', RepositoryList);
  for (const { name, status, error, config_error: configError } of value.repositories) {
    if (status !== 'ok' && status !== 'new') {
      output.warn(`repository ${clean(name)}: ${status.replace('_', ' ')}${error === null ? '' : `: ${clean(error)}`}`);
    }
    // One problem a line.
    for (const line of configError?.split('\n') ?? []) output.warn(`repository ${clean(name)}: ${clean(line)}`);
  }
}

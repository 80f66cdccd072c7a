import { RepositoryList, Stack, StackList } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { renderStacksText, renderStackText } from '../../api/text/stacks-text.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.ts';
import { fetchPages } from '../fetch-pages.ts';

export const command: CommandDefinition = {
  name: 'stacks',
  summary: 'The stacks, or one of them',
  description:
    'Shows every stack with its status, its drift and the run that is open; or one stack in full. With --explain it ' +
    'says why a directory is a stack and which files touch it.',
  needsServer: true,
  arguments: [{ syntax: '[name]', text: 'one stack; without it, all' }],
  options: [{ flags: '--explain', text: 'why it is a stack, and what touches it' }],
  examples: [
    ['holdfast stacks', 'all stacks, by name'],
    ['holdfast stacks network/prod', 'one of them'],
    ['holdfast stacks network/prod --explain', 'and which files would plan it'],
    ['holdfast stacks --json | jq -r ".stacks[].name"', 'their names'],
  ],
  async run(context, { args: [name], options }) {
    const api = await context.api();
    if (name !== undefined) return showOne(api, name, options.explain === true);
    if (options.explain === true) {
      context.output.warn('--explain needs the name of a stack: holdfast stacks NAME --explain');
    }
    const { items, next } = await fetchPages(api, '/api/v1/stacks', StackList, (page) => page.stacks);
    await warnOfRepositories(api, context);
    const values = items.map(({ value }) => value);
    return {
      exit: 0,
      json: { stacks: items.map(({ body }) => body), next },
      text: (text) => renderStacksText({ stacks: values, next }, text),
    };
  },
};

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
    if (configError !== null) output.warn(`repository ${clean(name)}: ${clean(configError)}`);
  }
}

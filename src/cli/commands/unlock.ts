import { LockList, Unlocked } from '../../api/contract.ts';
import { lockWarnings, renderUnlockedText } from '../../api/text/locks-text.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandDefinition } from '../command.ts';
import { confirmName } from '../confirm-name.ts';
import { fetchPages } from '../fetch-pages.ts';

export const command: CommandDefinition = {
  name: 'unlock',
  summary: 'Free the lock of a stack',
  description:
    'Says who holds the stack and asks for its name before it frees the lock; without a terminal the name is given with ' +
    '--confirm. It is a last resort: locks go by themselves when their holder ends or is proven dead. Where the state ' +
    'lies in a backend of the stack’s own, it shows terraform’s lock info and the force-unlock line.',
  needsServer: true,
  arguments: [{ syntax: '<stack>', text: 'name of the stack' }],
  options: [{ flags: '--confirm <name>', text: 'the name of the stack again, where there is no terminal' }],
  examples: [
    ['holdfast unlock network/prod', 'asks for the name'],
    ['holdfast unlock network/prod --confirm network/prod', 'in a script'],
  ],
  exits: '0 unlocked or nothing held, 1 refused.',
  async run(context, { args: [stack = ''], options }) {
    const api = await context.api();
    const lock = await findLock(api, stack);
    for (const line of lockWarnings(stack, lock, context.deps.clock.now())) context.output.warn(line);
    await confirmName(context, stack, options.confirm);
    const path = `/api/v1/locks/${encodeURIComponent(stack)}`;
    const { body, value } = await api.delete(path, { confirm: stack }, Unlocked);
    return { exit: 0, json: body, text: (text) => renderUnlockedText(value, text) };
  },
};

async function findLock(api: ApiClient, stack: string) {
  const { items } = await fetchPages(api, '/api/v1/locks', LockList, (page) => page.locks);
  return items.find(({ value }) => value.stack === stack)?.value ?? null;
}

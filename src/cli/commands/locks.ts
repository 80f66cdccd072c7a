import { LockList } from '../../api/contract.ts';
import { renderLocksText } from '../../api/text/locks-text.ts';
import type { CommandDefinition } from '../command.ts';
import { fetchPages } from '../fetch-pages.ts';

export const command: CommandDefinition = {
  name: 'locks',
  summary: 'Who holds what since when, alive or dead',
  description:
    'Shows every lock with its holder, and whether the holder lives: `alive` or `dead` is proven by a process on its ' +
    'host or a heartbeat, `unknown` says that nobody can prove either. Locks in backends of the stacks’ own are not here.',
  needsServer: true,
  arguments: [],
  options: [],
  examples: [
    ['holdfast locks', 'by stack'],
    ['holdfast locks --json | jq \'.locks[] | select(.state == "dead")\'', 'those whose holder is gone'],
  ],
  async run(context) {
    const { items, next } = await fetchPages(await context.api(), '/api/v1/locks', LockList, (page) => page.locks);
    const locks = items.map(({ value }) => value);
    return {
      exit: 0,
      json: { locks: items.map(({ body }) => body), next },
      text: (text) => renderLocksText({ locks }, text),
    };
  },
};

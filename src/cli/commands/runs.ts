import { RunList } from '../../api/contract.ts';
import { renderRunsText } from '../../api/text/runs-text.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { CommandDefinition } from '../command.ts';
import { fetchPages } from '../fetch-pages.ts';

const MOST = 10_000;

export const command: CommandDefinition = {
  name: 'runs',
  summary: 'The runs, newest first',
  description: 'Shows the newest runs: of which stack, how far they are, what they would change and why they exist.',
  needsServer: true,
  arguments: [],
  options: [
    { flags: '--stack <name>', text: 'only runs of this stack' },
    { flags: '--limit <n>', text: 'how many', default: '20' },
  ],
  examples: [
    ['holdfast runs', 'the newest 20'],
    ['holdfast runs --stack network/prod --limit 100', 'of one stack'],
    ['holdfast runs --json | jq -r \'.runs[] | select(.status == "failed").id\'', 'ids of those that failed'],
  ],
  async run(context, { options }) {
    const limit = parseLimit(String(options.limit));
    const query = options.stack === undefined ? '' : `?${new URLSearchParams({ stack: String(options.stack) })}`;
    const api = await context.api();
    const { items, next } = await fetchPages(api, `/api/v1/runs${query}`, RunList, (page) => page.runs, limit);
    const runs = items.map(({ value }) => value);
    return {
      exit: 0,
      json: { runs: items.map(({ body }) => body), next },
      text: (text) => renderRunsText({ runs, next }, text),
    };
  },
};

function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST) return limit;
  throw new HoldfastError('invalid', `--limit must be a whole number from 1 to ${MOST}, got "${text}"`);
}

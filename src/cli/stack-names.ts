import { Moved, Released } from '../api/contract.ts';
import { clean } from '../api/text/clean.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { ApiClient } from './api-client.ts';
import type { CommandResult } from './command-result.ts';

/** `stacks mv OLD NEW`. */
export async function moveStack(
  api: ApiClient,
  from: string | undefined,
  to: string | undefined,
): Promise<CommandResult> {
  if (from === undefined || to === undefined) {
    throw new HoldfastError('invalid', '`stacks mv` needs two names', {
      treatment: { kind: 'human', wayOut: 'holdfast stacks mv OLD NEW' },
    });
  }
  const { body, value } = await api.post(`/api/v1/stacks/${encodeURIComponent(from)}/move`, { to }, Moved);
  const next = value.run === null ? `Next: set \`name: ${clean(to)}\` in holdfast.yaml and push.\n` : '';
  const planned = value.run === null ? '' : `It is planned under its new name: run ${clean(value.run)}.\n`;
  return {
    exit: 0,
    json: body,
    text: () => `${clean(from)} is ${clean(value.name)} now, with its history and its state.\n${planned}${next}`,
  };
}

/** `stacks release`. */
export async function releaseDeletions(api: ApiClient): Promise<CommandResult> {
  const { body, value } = await api.post('/api/v1/deletions/release', {}, Released);
  const lines = value.released.map(({ stack, run }) =>
    run === null ? `${clean(stack)}: held, see: holdfast stacks ${clean(stack)}` : `${clean(stack)}: run ${clean(run)}`,
  );
  const text = lines.length === 0 ? 'No deletion is held.' : `${lines.join('\n')}\nEach waits for its approval.`;
  return { exit: 0, json: body, text: () => `${text}\n` };
}

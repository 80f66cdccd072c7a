import { inspect } from 'node:util';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test('a secret is given out by reveal alone', () => {
  const secret = new Secret('canary');
  const logs: string[] = [];
  pino({}, { write: (line: string) => logs.push(line) }).info({ secret, deep: { secret } }, `${secret}`);
  const outputs = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret),
    String([secret]),
    logs.join(''),
  ];
  for (const output of outputs) expect(output).not.toContain('canary');
  expect(JSON.stringify(structuredClone({ ...secret }))).not.toContain('canary');
  expect(secret.reveal()).toBe('canary');
});

import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const module = new URL('./stray-rejections.ts', import.meta.url).href;

it('a rejection that nobody waits for is said once, with its stack, and ends nothing', () => {
  const script = `
    const { hearStrayRejections } = await import('${module}');
    const said = [];
    const forget = hearStrayRejections({ error: (facts, text) => said.push({ ...facts, text }) });
    Promise.reject(new Error('Connection is closed.'));
    await new Promise((done) => setTimeout(done, 20));
    forget();
    console.log(JSON.stringify({ said, left: process.listenerCount('unhandledRejection') }));`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const { said, left } = JSON.parse(told);
  expect(left).toBe(0);
  expect(said).toEqual([
    {
      reason: 'Connection is closed.',
      stack: expect.stringContaining('at '),
      text: expect.stringContaining('nobody waited'),
    },
  ]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeSynthHeadsLab } from '../support/synth-heads-lab.ts';

const DAY = 86_400_000;
const json = (input: string) => ({ resource: { terraform_data: { x: { input } } } });
let synth: Awaited<ReturnType<typeof makeSynthHeadsLab>>;

beforeEach(async () => {
  synth = await makeSynthHeadsLab();
});
afterEach(() => synth.close());

/** The app says something else, and is synthesised as two stacks: one with this input, one that stays. */
async function synthesise(input: string): Promise<void> {
  const files = { 'app/cdktf.json': '{"language":"typescript","app":"node main.ts"}', 'app/main.ts': `// ${input}\n` };
  await synth.lab.push(synth.lab.repo.commit(files));
  const job = await synth.claim();
  if (job) {
    await synth.finish(job, [
      { name: 'one', json: json(input) },
      { name: 'two', json: json('same') },
    ]);
  }
}

/** So many days later: what one pass over what is older than 90 days forgot, and what is left. */
async function sweepAfter(days: number) {
  synth.clock.advance(days * DAY);
  const now = synth.clock.now();
  const gone = await synth.retention.sweep(now - 90 * DAY, now);
  const { db } = synth.lab;
  const synths = (await db.selectFrom('synths').select('key').execute()).length;
  const tars = (await db.selectFrom('synth_tars').select('digest').execute()).length;
  return { gone, synths, tars };
}

test('a synthesis goes when no app names it, its tars when no spec does; what an app is stays for ever', {
  timeout: 60_000,
}, async () => {
  await synthesise('a');
  await synthesise('b');
  expect(await sweepAfter(89)).toEqual({ gone: 0, synths: 2, tars: 3 });
  // Runs were planned with the tars of both.
  expect(await sweepAfter(3)).toEqual({ gone: 1, synths: 1, tars: 3 });
  await synth.lab.db.deleteFrom('runs').execute();
  await synth.lab.db.deleteFrom('specs').execute();
  expect(await sweepAfter(1)).toEqual({ gone: 0, synths: 1, tars: 3 });
  expect(await sweepAfter(92)).toEqual({ gone: 1, synths: 1, tars: 2 });
  expect(await sweepAfter(92)).toEqual({ gone: 0, synths: 1, tars: 2 });
  // The stacks are still there to be read, and to be made again from what was forgotten.
  expect(await synth.names()).toEqual(['app/one', 'app/two']);
  await synthesise('a');
  expect(await sweepAfter(0)).toEqual({ gone: 1, synths: 1, tars: 3 });
  expect(await synth.problems()).toBe('');
});

test('a tar that a worker sends again is as good as new', { timeout: 60_000 }, async () => {
  await synthesise('a');
  await synth.lab.db.deleteFrom('runs').execute();
  await synth.lab.db.deleteFrom('specs').execute();
  synth.clock.advance(92 * DAY);
  await synthesise('b');
  expect(await sweepAfter(0)).toEqual({ gone: 2, synths: 1, tars: 2 });
});

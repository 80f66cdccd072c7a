import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeStack, makeSynthHeadsLab } from '../support/synth-heads-lab.ts';

const PLAIN = 'resource "terraform_data" "a" {}\n';
const APP = { 'app/cdktf.json': '{"app": "node main.ts"}', 'app/main.ts': '// one\n', 'net/main.tf': PLAIN };
const json = (input: string) => ({ resource: { terraform_data: { a: { input } } } });
const TWO: readonly FakeStack[] = [
  { name: 'one', json: json('1') },
  { name: 'two', json: json('2') },
];

let synth: Awaited<ReturnType<typeof makeSynthHeadsLab>>;
beforeEach(async () => {
  synth = await makeSynthHeadsLab();
});
afterEach(() => synth.close());

async function push(files: Readonly<Record<string, string>>) {
  await synth.lab.push(synth.lab.repo.commit(files));
  const job = await synth.claim();
  if (job === null) throw new Error('nothing is to be synthesised');
  return job;
}

it('shows each app with how its synthesis stands, why it failed and since when', async () => {
  const job = await push(APP);
  const commit = synth.lab.repo.head();
  const app = { name: 'app', repository: 'infra', dir: 'app', commit, output: 'app/cdktf.out/' };
  expect(await synth.apps.list()).toEqual([{ ...app, status: 'running', error: null, since: synth.clock.now() }]);
  synth.clock.advance(5000);
  await synth.finish(job, 'app/main.ts:1: Error: no');
  const failedAt = synth.clock.now();
  synth.clock.advance(60_000);
  expect(await synth.apps.list()).toEqual([
    { ...app, status: 'failed', error: 'app/main.ts:1: Error: no', since: failedAt },
  ]);
});

it('synthesises a failed app again when somebody says so, without a push', async () => {
  await synth.finish(await push(APP), 'the registry was away');
  expect(await synth.claim()).toBeNull();
  expect(await synth.apps.retry('app', 'token:ci')).toMatchObject({ status: 'queued', error: null });
  // Said twice, it is one synthesis.
  expect(await synth.apps.retry('app', 'token:ci')).toMatchObject({ status: 'queued' });
  const again = await synth.claim();
  if (again === null) throw new Error('nothing is to be synthesised');
  expect(await synth.claim()).toBeNull();
  expect(await synth.finish(again, TWO)).toEqual(['app/one', 'app/two']);
  expect(await synth.problems()).toBe('');
  const audit = await synth.lab.db
    .selectFrom('audit')
    .select(['actor', 'subject'])
    .where('action', '=', 'app.retried')
    .execute();
  expect(audit).toEqual([{ actor: 'token:ci', subject: 'app' }]);
});

it('refuses an app that did not fail, and one that is not there', async () => {
  await synth.finish(await push(APP), TWO);
  await expect(synth.apps.retry('app', 'x')).rejects.toMatchObject({ code: 'conflict' });
  await expect(synth.apps.retry('other', 'x')).rejects.toMatchObject({ code: 'not_found' });
});

it('a plan by hand of what an app gave before it failed says so', async () => {
  await synth.finish(await push(APP), TWO);
  await synth.finish(await push({ 'app/main.ts': 'nonsense\n' }), 'app/main.ts:1: SyntaxError');
  const { lab } = synth;
  const at = { repository: 'infra', commit: lab.repo.head(), objects: lab.objects };
  expect((await lab.service.stackAt(at, 'app/one')).spec.remark).toBe(
    'CDKTF app "app": app/main.ts:1: SyntaxError; its stacks stay as they were',
  );
  expect((await lab.service.stackAt(at, 'net')).spec.remark).toBeUndefined();
});

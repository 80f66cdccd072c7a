import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSynthHeadsLab } from '../support/synth-heads-lab.ts';

const PLAIN = 'resource "terraform_data" "a" {}\n';
const APP = {
  'app/cdktf.json': '{"language":"typescript","app":"node main.ts","context":{"a":1}}',
  'app/main.ts': '// one\n',
};
const json = (input: string) => ({ resource: { terraform_data: { x: { input } } } });
const TWO = [
  { name: 'one', json: json('1') },
  { name: 'two', json: json('2'), depends_on: ['one'] },
];

describe('heads with a CDKTF app', { timeout: 60_000 }, () => {
  let synth: Awaited<ReturnType<typeof makeSynthHeadsLab>>;
  beforeEach(async () => {
    synth = await makeSynthHeadsLab();
  });
  afterEach(() => synth.close());

  const push = (files: Record<string, string | null>, over = {}) =>
    synth.lab.push(synth.lab.repo.commit(files as Record<string, string>), over);
  /** A first head whose app has been synthesised. */
  async function begin(files: Record<string, string> = {}): Promise<void> {
    await push({ ...APP, 'net/main.tf': PLAIN, ...files });
    const job = await claimed();
    await synth.finish(job, TWO);
  }
  async function claimed() {
    const job = await synth.claim();
    if (!job) throw new Error('no synthesis waits');
    return job;
  }

  it('plan what is in Git at once, and the stacks of the app when it is synthesised', async () => {
    expect(await push({ ...APP, 'net/main.tf': PLAIN })).toEqual(['net']);
    expect(await synth.desk.admissible(10)).toMatchObject([{ phase: 'plan', attempt: 0 }]);
    const job = await claimed();
    expect(job).toMatchObject({
      app: 'app',
      dir: 'app',
      command: 'node main.ts',
      context: '{"a":1}',
      install: null,
      attempt: 1,
    });
    expect(job.environment).toEqual([{ phase: 'init', pass: [], values: { NPM_TOKEN: 'n' } }]);
    expect(await synth.claim()).toBeNull();
    expect(await synth.finish(job, TWO)).toEqual(['app/one', 'app/two']);
    const row = await synth.lab.stack('app/two');
    expect(row).toMatchObject({ dir: 'app/cdktf.out/stacks/two', head_commit: synth.lab.repo.head() });
    expect(JSON.parse(row.entry).depends_on).toEqual(['app/one']);
    const run = await synth.lab.db
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', 'app/one')
      .executeTakeFirstOrThrow();
    const { body } = await synth.lab.db
      .selectFrom('specs')
      .select('body')
      .where('digest', '=', run.spec_digest)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(body)).toMatchObject({
      backend: 'override',
      synth: expect.stringMatching(/^[0-9a-f]{64}$/),
      refused: null,
    });
    expect(await synth.problems()).toBe('');
  });

  it('give a person who plans by hand the same stack, also at an earlier commit', async () => {
    await begin();
    const objects = synth.lab.objects;
    const first = { repository: 'infra', commit: synth.lab.repo.head(), objects };
    const head = await synth.lab.service.stackAt(first, 'app/one');
    expect(head.spec.synth).toMatch(/^[0-9a-f]{64}$/);
    await push({ 'app/main.ts': '// two\n' });
    await synth.finish(await claimed(), TWO.slice(1));
    expect(await synth.lab.service.stackAt(first, 'app/one')).toEqual(head);
    const now = { repository: 'infra', commit: synth.lab.repo.head(), objects };
    await expect(synth.lab.service.stackAt(now, 'app/one')).rejects.toMatchObject({ code: 'not_found' });
    expect((await synth.lab.service.stackAt(now, 'app/two')).inputsDigest).toBe(
      (await synth.lab.stack('app/two')).inputs_digest,
    );
  });

  it('synthesise nothing again for a push that does not touch the app', async () => {
    await begin();
    expect(await push({ 'net/main.tf': `${PLAIN}# more\n`, 'README.md': 'x' })).toEqual(['net']);
    expect(await synth.claim()).toBeNull();
  });

  it('plan only the stacks whose synthesised files differ; meanwhile they stay what they were', async () => {
    await begin();
    expect(await push({ 'app/main.ts': '// two\n', 'net/main.tf': `${PLAIN}#\n` })).toEqual(['net']);
    expect(await synth.names()).toEqual(['app/one', 'app/two', 'net']);
    const job = await claimed();
    expect(await synth.finish(job, [TWO[0], { ...TWO[1], json: json('3') }] as typeof TWO)).toEqual(['app/two']);
    const run = await synth.lab.db
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', 'app/two')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(run.reasons)).toEqual([{ kind: 'file', path: 'app/cdktf.out/stacks/two/cdk.tf.json', via: [] }]);
    expect(await push({ 'app/main.ts': '// two, again\n' })).toEqual([]);
    expect(await synth.finish(await claimed(), [TWO[0], { ...TWO[1], json: json('3') }] as typeof TWO)).toEqual([]);
  });

  it('take nothing for deleted while an app fails, and say why', async () => {
    await begin();
    await push({ 'app/main.ts': 'throw 1\n' });
    expect(await synth.finish(await claimed(), 'app/main.ts:1: Error: no')).toEqual([]);
    expect(await synth.names()).toEqual(['app/one', 'app/two', 'net']);
    expect(await synth.problems()).toContain(
      'CDKTF app \\"app\\": app/main.ts:1: Error: no; its stacks stay as they were',
    );
    expect(synth.notices).toEqual([
      expect.stringContaining('CDKTF app app could not be synthesised app/main.ts:1: Error: no'),
    ]);
    expect(await push({ 'net/main.tf': `${PLAIN}# on\n` })).toEqual(['net']);
    await push({ 'app/main.ts': '// well again\n' });
    expect(await synth.finish(await claimed(), TWO)).toEqual([]);
    expect(await synth.problems()).toBe('');
  });

  it('forget a stack that the app no longer has, and all of them with the app', async () => {
    await begin();
    await push({ 'app/main.ts': '// less\n' });
    await synth.finish(await claimed(), TWO.slice(0, 1));
    expect(await synth.names()).toEqual(['app/one', 'net']);
    synth.lab.repo.git('rm', '-rq', 'app');
    synth.lab.repo.git('commit', '-qm', 'gone');
    await synth.lab.push(synth.lab.repo.head());
    expect(await synth.names()).toEqual(['net']);
  });

  it('a worker that dies is replaced: what it tells later is refused', async () => {
    await push(APP);
    const first = await claimed();
    synth.clock.advance(31_000);
    expect(await synth.desk.runOnce()).toBe(1);
    const second = await claimed();
    expect(second).toMatchObject({ key: first.key, attempt: 2 });
    await expect(synth.finish(first, TWO)).rejects.toMatchObject({ code: 'fenced' });
    await synth.desk.extend(second);
    expect(await synth.finish(second, TWO)).toEqual(['app/one', 'app/two']);
  });

  it('one that dies each time is given up after three', async () => {
    await push(APP);
    for (let i = 0; i < 3; i++) {
      await claimed();
      synth.clock.advance(31_000);
      await synth.desk.runOnce();
    }
    expect(await synth.claim()).toBeNull();
    expect(synth.notices[0]).toContain('its worker was lost 3 times');
  });

  it('an install that failed is tried again, later', async () => {
    await push(APP);
    const job = await claimed();
    await synth.desk.record(job.key, {
      attempt: 1,
      result: 'install_failed',
      error: 'npm ci: E503',
      stacks: [],
      timings: {},
    });
    expect(await synth.claim()).toBeNull();
    synth.clock.advance(30_000);
    expect(await claimed()).toMatchObject({ attempt: 2 });
  });

  it('a first sight that is to be ignored makes no run of the app either', async () => {
    expect(await push(APP, { makesRuns: false })).toEqual([]);
    expect(await synth.finish(await claimed(), TWO)).toEqual([]);
    expect(await synth.names()).toEqual(['app/one', 'app/two']);
    await push({ 'app/main.ts': '// two\n' });
    expect(await synth.finish(await claimed(), [TWO[0], { ...TWO[1], json: json('9') }] as typeof TWO)).toEqual([
      'app/two',
    ]);
  });

  it('a stack that cannot be planned fails with its reason, the others go on', async () => {
    await push(APP);
    await synth.finish(await claimed(), [{ ...TWO[0], problem: 'stack `one` names a path' }, TWO[1]] as typeof TWO);
    const run = await synth.lab.db
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', 'app/one')
      .executeTakeFirstOrThrow();
    const { body } = await synth.lab.db
      .selectFrom('specs')
      .select('body')
      .where('digest', '=', run.spec_digest)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(body).refused).toEqual({
      summary: 'stack `one` names a path',
      file: 'app/cdktf.out/stacks/one/cdk.tf.json',
      line: null,
    });
  });

  it.each([
    ['{"language": "typescript"}', 'app/cdktf.json: `app` must be the command'],
    ['nonsense', 'app/cdktf.json: it is no JSON'],
  ])('a cdktf.json that says %s is told with its file, other stacks go on', async (text, said) => {
    expect(await push({ 'app/cdktf.json': text, 'net/main.tf': PLAIN })).toEqual(['net']);
    expect(await synth.problems()).toContain(said);
  });

  it('holdfast.yaml names the app and its command; its settings are those of its stacks', async () => {
    const yaml =
      'version: 1\nstacks:\n  - {name: infra, dir: app, cdktf: {command: python3 main.py}, apply: auto, env: {A: b}}\n  - {name: net, dir: net}\n';
    expect(await push({ 'app/main.py': '', 'net/main.tf': PLAIN, 'holdfast.yaml': yaml })).toEqual(['net']);
    const job = await claimed();
    expect(job).toMatchObject({ app: 'infra', command: 'python3 main.py' });
    expect(await synth.finish(job, TWO)).toEqual(['infra/one', 'infra/two']);
    expect(JSON.parse((await synth.lab.stack('infra/one')).entry)).toMatchObject({ apply: 'auto', env: { A: 'b' } });
    expect(await push({ 'holdfast.yaml': `${yaml}# a remark\n` })).toEqual([]);
  });
});

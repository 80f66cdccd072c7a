import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository } from '../support/git-repository.ts';
import { makeProbingEngine } from '../support/instance/probing-engine.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

test('with --json every command prints one JSON document on stdout, and says by its exit code how it went', {
  timeout: 180_000,
}, async () => {
  const instance = await TestInstance.make();
  const json = async (...args: string[]) => {
    const { exit, stdout } = await instance.cli(...args, '--json');
    return { exit, json: JSON.parse(stdout) };
  };
  const engine = makeProbingEngine(instance.dir, 1);
  instance.path = `${engine.bin}:${instance.path}`;
  try {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const base = repository.commit({ 'a/main.tf': resource('own'), 'quiet/main.tf': 'locals { x = 1 }\n' });
    const head = repository.commit({ 'a/main.tf': resource('own', 'b') });
    const infra = { name: 'infra', url: repository.dir, first_sight: 'ignore' };
    instance.configure({ repositories: [infra], environment: [{ stacks: ['a'], values: { SLOW: 'no' } }] });
    const alone = await Promise.all([
      json('version'),
      json('validate'),
      json('validate', repository.dir),
      json('changed', '--repo', repository.dir, '--base', base, '--head', head),
      json('changed', '--repo', repository.dir, '--base', head, '--head', head),
      json('changed', '--repo', repository.dir, '--base', 'no-such-revision'),
      json('doctor'),
      json('stacks'),
      json('no-such-command'),
      json('completion', 'bash'),
    ]);
    expect(alone.map(({ exit }) => exit)).toEqual([0, 0, 0, 2, 0, 1, 0, 1, 1, 0]);
    expect(alone[3]?.json).toMatchObject({ base, head, stacks: [{ name: 'a', reasons: [{ kind: 'file' }] }] });
    expect(alone[7]?.json).toMatchObject({ error: { code: 'away' } });

    await instance.start('up');
    await until(async () => (await instance.stacks()).length === 2 || null);
    const quiet = await json('plan', 'quiet', '--wait');
    expect(quiet).toMatchObject({ exit: 0, json: { status: 'unchanged', trigger: 'manual' } });

    const running = await json('plan', 'a');
    expect(running).toMatchObject({ exit: 0, json: { stack: 'a', commit: head } });
    const { id } = running.json as { id: string };
    await until(() => engine.begun().includes(id) || null);
    const [cancel, follow] = await Promise.all([json('cancel', id), json('logs', '-f', id)]);
    expect([cancel.exit, follow.exit]).toEqual([0, 0]);
    expect(follow.json).toMatchObject({ run: id, log: expect.any(String) });
    await until(async () => (await instance.run(id)).status === 'canceled' || null);
    expect(await json('cancel', id)).toMatchObject({ exit: 1, json: { error: { code: 'conflict' } } });

    const planned = await json('plan', 'a', '--ref', base, '--wait');
    expect(planned).toMatchObject({ exit: 2, json: { speculative: true, status: 'planned', commit: base } });
    const looks = await Promise.all([
      json('run', id),
      json('runs', '--limit', '2'),
      json('stacks', 'a', '--explain'),
      json('logs', id),
      json('doctor'),
      json('discard', id),
    ]);
    expect(looks.map(({ exit }) => exit)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(looks[1]?.json).toMatchObject({ runs: [{ stack: 'a' }, { id }], next: expect.any(String) });
    expect(await instance.stop()).toEqual([]);
  } finally {
    await instance.remove();
  }
});

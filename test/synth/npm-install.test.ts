import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { npmEnvironment, SynthLab } from '../support/synth-lab.ts';

test('an app of cdktn 0.24 is synthesised with packages that npm ci installed, once for each lock file', {
  timeout: 180_000,
}, async () => {
  const lab = new SynthLab();
  try {
    const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8');
    const files = {
      // The same program: the two libraries export one API.
      'app/main.ts': read('stacks/cdktf/main.ts').replace("from 'cdktf'", "from 'cdktn'"),
      'app/package.json': read('test/fixtures/cdktn-app/package.json'),
      'app/package-lock.json': read('test/fixtures/cdktn-app/package-lock.json'),
    };
    const install = { dir: 'app', digest: 'b'.repeat(64) };
    const environment = [{ phase: 'init' as const, pass: [], values: npmEnvironment() }];
    const [first, beside] = await Promise.all([
      lab.run(files, { install, environment }),
      lab.run({ ...files, 'app/more.ts': '' }, { install, environment }),
    ]);
    expect(first).toMatchObject({ result: 'done', error: null });
    expect(first.stacks.map(({ name, depends_on, problem }) => [name, depends_on, problem])).toEqual([
      ['cluster', ['network'], null],
      ['network', [], null],
    ]);
    expect(beside.stacks.map(({ digest }) => digest)).toEqual(first.stacks.map(({ digest }) => digest));
    // Without a registry: what was installed is still there.
    const offline = [
      {
        phase: 'init' as const,
        pass: [],
        values: { npm_config_registry: 'http://127.0.0.1:1', npm_config_fetch_retries: '0' },
      },
    ];
    expect((await lab.run({ ...files, 'app/other.ts': '' }, { install, environment: offline })).result).toBe('done');
    const failed = await lab.run(files, { install: { dir: 'app', digest: 'c'.repeat(64) }, environment: offline });
    expect(failed).toMatchObject({
      result: 'install_failed',
      error: expect.stringContaining('`npm ci` in app failed'),
    });
  } finally {
    lab.close();
  }
});

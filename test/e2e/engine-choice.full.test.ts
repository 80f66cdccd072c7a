import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';

const ENGINES = [
  { name: 'terraform', binary: 'terraform', file: '.terraform-version', real: findBinary('terraform') },
  { name: 'opentofu', binary: 'tofu', file: '.opentofu-version', real: findBinary('tofu') },
] as const;
const REQUIRED = 'terraform {\n  required_version = "~> 1.8"\n}\n';

for (const { name, binary, file, real } of ENGINES) {
  const why = real === null ? ` (skipped: ${binary} is not on PATH)` : '';
  describe.skipIf(real === null)(`which version of ${name} plans${why}`, { timeout: 240_000 }, () => {
    let instance: TestInstance;
    let repository: TestRepository;
    beforeEach(async () => {
      instance = await TestInstance.make();
      repository = makeRepository(join(instance.dir, 'infra'));
    });
    afterEach(() => instance.remove());

    test('engine_version, else required_version, else the version file, else PATH; what is missing is said', async () => {
      const engines = join(instance.dir, 'engines');
      for (const version of ['1.8.2', '1.9.0-rc1', '1.9.5', '2.0.0']) offer(join(engines, version), version);
      const path = join(instance.dir, 'on-path');
      offer(path, 'PATH');
      instance.path = `${path}:${instance.path}`;
      const own = resource('own');
      const stack = (dir: string, more = '') => `  - {dir: ${dir}, engine: ${name}${more}}\n`;
      const head = repository.commit({
        'entry/main.tf': REQUIRED + own,
        [`entry/${file}`]: '2.0.0\n',
        'required/main.tf': REQUIRED + own,
        [`required/${file}`]: '1.8.2\n',
        'file/main.tf': own,
        [`file/${file}`]: 'v1.8.2\n',
        'path/main.tf': own,
        'gone/main.tf': own,
        [`gone/${file}`]: '1.7.7\n',
        'holdfast.yaml': `version: 1\nstacks:\n${stack('entry', ', engine_version: 1.8.2')}${['required', 'file', 'path', 'gone'].map((dir) => stack(dir)).join('')}`,
      });
      instance.configure({
        repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
        engines: { dir: engines },
      });
      await instance.start('up');
      const runs = await instance.settled(head, 5);
      const failed = runs.filter(({ status }) => status === 'failed');
      expect(failed.map(({ stack }) => stack)).toEqual(['gone']);
      const { stdout } = await instance.cli('run', failed[0]?.id ?? '');
      expect(stdout).toContain(`stack \`gone\` needs ${name} 1.7.7`);
      expect(stdout).toContain(`put it at ${engines}/1.7.7/${binary}`);
      expect(planners()).toEqual({ entry: '1.8.2', required: '1.9.5', file: '1.8.2', path: 'PATH' });
    });

    /** An engine that says it is that version, notes what it plans, and is the real one in all else. */
    function offer(dir: string, version: string): void {
      mkdirSync(dir, { recursive: true });
      const answer = JSON.stringify({ terraform_version: version });
      const isReal = version === 'PATH' ? '' : `[ "$1" = version ] && { echo '${answer}'; exit 0; }\n`;
      const note = `[ "$1" = plan ] && echo "${version} $PWD" >> ${join(instance.dir, 'planned')}\n`;
      writeFileSync(join(dir, binary), `#!/bin/sh\n${isReal}${note}exec ${real} "$@"\n`, { mode: 0o755 });
    }

    function planners(): Record<string, string> {
      const notes = join(instance.dir, 'planned');
      const lines = existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [];
      return Object.fromEntries(
        lines.map((line) => line.split(' ')).map(([version, dir]) => [dir?.split('/').at(-1), version]),
      );
    }
  });
}

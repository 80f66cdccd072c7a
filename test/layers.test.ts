import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const fixture = new URL('./fixtures/layers/', import.meta.url).pathname;
const rules = new URL('../.dependency-cruiser.mjs', import.meta.url).pathname;
const depcruise = new URL('../node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', import.meta.url).pathname;

/** `rule from -> to` of every violation in the planted tree. */
function violations(): string[] {
  const args = [depcruise, '--config', rules, '--output-type', 'json', 'src', 'workers'];
  const result = spawnSync(process.execPath, args, { cwd: fixture, encoding: 'utf8' });
  const { summary } = JSON.parse(result.stdout);
  return summary.violations.map(
    (v: { rule: { name: string }; from: string; to: string }) => `${v.rule.name} ${v.from}`,
  );
}

test('the checker of layers sees .ts files and refuses every planted arrow', () => {
  const found = violations();
  expect(found).toContain('kernel-imports-nothing src/kernel/broken.ts');
  expect(found).toContain('features-through-the-front-door src/features/runs/broken.ts');
  expect(found).toContain('workers-are-apart workers/broken.ts');
  expect(found).toContain('processes-in-one-place src/features/runs/spawns.ts');
  expect(found).toContain('cli-talks-over-http src/cli/broken.ts');
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { makeStackLab } from '../../../test/support/stack-fixtures.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

const STACKS = ['s0', 's1', 'env/s2', 'env/prod/s3'];
const MODULES = ['modules/m0', 'modules/m1', 'lib/m2', 'lib/deep/m3'];
const DATA = ['data/a.json', 'data/b.json', 'files/x/y.txt', 'files/z.txt'];

/** A repository as a set of edges: who calls which module, who reads which file. Modules call only later modules. */
const repository = fc.record({
  calls: fc.array(fc.tuple(fc.constantFrom(...STACKS, ...MODULES), fc.constantFrom(...MODULES)), { maxLength: 12 }),
  reads: fc.array(fc.tuple(fc.constantFrom(...STACKS, ...MODULES), fc.constantFrom(...DATA)), { maxLength: 8 }),
  salt: fc.dictionary(fc.constantFrom(...STACKS, ...MODULES), fc.nat(3)),
});
type Repository = typeof repository extends fc.Arbitrary<infer T> ? T : never;

function upFrom(dir: string): string {
  return dir
    .split('/')
    .map(() => '..')
    .join('/');
}

function callsOf(repo: Repository, dir: string): string[] {
  const allowed = MODULES.includes(dir) ? MODULES.slice(MODULES.indexOf(dir) + 1) : MODULES;
  return [...new Set(repo.calls.filter(([from, to]) => from === dir && allowed.includes(to)).map(([, to]) => to))];
}

function readsOf(repo: Repository, dir: string): string[] {
  return [...new Set(repo.reads.filter(([from]) => from === dir).map(([, path]) => path))];
}

function filesOf(repo: Repository): Record<string, string> {
  const files: Record<string, string> = Object.fromEntries(DATA.map((path) => [path, 'x']));
  for (const dir of [...STACKS, ...MODULES]) {
    const calls = callsOf(repo, dir).map((to, i) => `module "m${i}" {\n  source = "${upFrom(dir)}/${to}"\n}\n`);
    const reads = readsOf(repo, dir).map(
      (path, i) => `resource "terraform_data" "r${i}" {\n  input = file("\${path.module}/${upFrom(dir)}/${path}")\n}\n`,
    );
    files[`${dir}/main.tf`] = `${calls.join('')}${reads.join('')}# ${repo.salt[dir] ?? 0}\n`;
    files[`${dir}/README.md`] = 'text';
  }
  return files;
}

/** Files that a stack's closure reads, reckoned without the graph. */
function modelReads(repo: Repository, stack: string): Set<string> {
  const dirs = new Set([stack]);
  for (const dir of dirs) for (const to of callsOf(repo, dir)) dirs.add(to);
  return new Set([...dirs].flatMap((dir) => [`${dir}/main.tf`, ...readsOf(repo, dir)]));
}

/** Stacks at a state of the repository: `lib/*` directories that nobody calls are some, too. */
function stacksOf(repo: Repository): string[] {
  const called = new Set([...STACKS, ...MODULES].flatMap((dir) => callsOf(repo, dir)));
  return [...STACKS, ...MODULES.filter((dir) => !dir.startsWith('modules/') && !called.has(dir))];
}

it('finds exactly the stacks of whose closure a file differs, for any two states', async () => {
  await fc.assert(
    fc.asyncProperty(repository, repository, async (before, after) => {
      const [old, next] = [filesOf(before), filesOf(after)];
      const differs = new Set(Object.keys(next).filter((path) => old[path] !== next[path]));
      const found = await lab.changed(old, next);
      const expected = stacksOf(after).filter((stack) => {
        if (!stacksOf(before).includes(stack)) return true;
        const reads = [...modelReads(before, stack), ...modelReads(after, stack)];
        return reads.some((path) => differs.has(path));
      });
      expect(found.map(({ name }) => name)).toEqual(expected.sort());
    }),
    { numRuns: 60 },
  );
}, 60_000);

it('finds nothing for edits outside every closure, and everything that reads an edited file', async () => {
  await fc.assert(
    fc.asyncProperty(repository, fc.subarray(DATA), fc.subarray(STACKS), async (repo, edited, noted) => {
      const before = filesOf(repo);
      const after = { ...before };
      for (const path of edited) after[path] = 'y';
      for (const dir of noted) after[`${dir}/README.md`] = 'changed';
      const found = await lab.changed(before, after);
      const expected = stacksOf(repo).filter((stack) => edited.some((path) => modelReads(repo, stack).has(path)));
      expect(found.map(({ name }) => name)).toEqual(expected.sort());
    }),
    { numRuns: 60 },
  );
}, 60_000);

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { computeChanged } from '../../src/features/changes/index.ts';
import { loadGraph, toRunSpec } from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';
import { makeRepository, makeTempDir } from '../support/git-repository.ts';
import { makeStackLab, readTestConfig } from '../support/stack-fixtures.ts';
import { type TracedPlan, tracePlan, whyNoTrace } from '../support/traced-plan.ts';

const whyNot = whyNoTrace();
if (whyNot) console.warn(`skipped: what terraform really reads cannot be seen: ${whyNot}`);

const lab = makeStackLab();
const temp = makeTempDir('hf-read-');
afterAll(async () => {
  await lab.close();
  temp.remove();
});

const STACKS = ['s0', 'env/s1'];
const MODULES = ['modules/m0', 'lib/m1'];
const up = (dir: string) => dir.replaceAll(/[^/]+/g, '..');

/** Ways to read files, as a text for the directory they stand in. */
const READS: readonly ((dir: string) => string)[] = [
  (dir) => `file("\${path.module}/${up(dir)}/data/a.txt")`,
  (dir) => `filesha256("\${path.module}/${up(dir)}/data/b.txt")`,
  (dir) => `templatefile("\${path.module}/${up(dir)}/data/t.tpl", { who = "me" })`,
  (dir) => `fileset("\${path.module}/${up(dir)}/data", "*.txt")`,
  (dir) =>
    `[for f in fileset("\${path.module}/${up(dir)}/data/deep", "**") : filemd5("\${path.module}/${up(dir)}/data/deep/\${f}")]`,
  (dir) => `file("\${path.module}/${up(dir)}/data/\${var.pick}.txt")`,
  (dir) => `file(join("/", [path.module, "${up(dir)}", var.pick == "" ? "x" : "data", "a.txt"]))`,
  (dir) => `jsondecode(file(format("%s/${up(dir)}/data/c.json", path.module)))`,
  (dir) => `try(file("\${path.module}/${up(dir)}/data/missing.txt"), "none")`,
  (dir) => `fileexists("\${path.module}/${up(dir)}/data/maybe.txt")`,
  (dir) => `file("\${local.base}/${up(dir)}/data/b.txt")`,
];

/** Those that leave something to be computed, or name a whole directory. */
const LOCAL = 10;
const SWEEPING = [5, 6, LOCAL];

interface Shape {
  readonly calls: readonly (readonly [string, string])[];
  readonly reads: readonly (readonly [string, number])[];
}
const shape: fc.Arbitrary<Shape> = fc.record({
  calls: fc.uniqueArray(fc.tuple(fc.constantFrom(...STACKS, 'modules/m0'), fc.constantFrom(...MODULES)), {
    maxLength: 4,
    selector: String,
  }),
  reads: fc.uniqueArray(fc.tuple(fc.constantFrom(...STACKS, ...MODULES), fc.nat(READS.length - 1)), {
    minLength: 2,
    maxLength: 6,
    selector: String,
  }),
});

const DATA = {
  'data/a.txt': 'a',
  'data/b.txt': 'b',
  'data/t.tpl': 'hello ${who}',
  'data/c.json': '[1]',
  'data/deep/x/y.bin': 'y',
};
const NOBODY = { 'README.md': 'read me', 'notes/a.txt': 'a', 'datasheet/a.txt': 'x', 's0/README.md': 'x' };

function filesOf({ calls, reads }: Shape): Record<string, string> {
  const files: Record<string, string> = { ...DATA, ...NOBODY, 's0/terraform.tfvars': 'pick = "a"\n' };
  for (const dir of [...STACKS, ...MODULES]) {
    const modules = calls
      .filter(([from, to]) => from === dir && to !== dir)
      .map(([, to], i) => `module "m${i}" {\n  source = "./${up(dir)}/${to}"\n}\n`);
    const outputs = reads
      .filter(([from]) => from === dir)
      .map(([, way]) => `output "r${way}" {\n  value = ${READS[way]?.(dir)}\n}\n`);
    // A bare directory counts as read, with all that lies in it.
    const usesLocal = reads.some(([from, way]) => from === dir && way === LOCAL);
    const locals = usesLocal ? 'locals {\n  base = path.module\n}\n' : '';
    const passed = modules.map((_, i) => `output "m${i}" {\n  value = module.m${i}\n}\n`);
    files[`${dir}/main.tf`] =
      `variable "pick" {\n  default = "b"\n}\n${locals}${[...modules, ...outputs, ...passed].join('')}`;
  }
  return files;
}

/** Edits: some of files that somebody may read, or only of files that nobody does. */
const EDITED = [
  ...Object.keys(DATA),
  's0/main.tf',
  'env/s1/main.tf',
  'modules/m0/main.tf',
  'lib/m1/main.tf',
  's0/terraform.tfvars',
  'env/s1/x.auto.tfvars',
  'data/missing.txt',
  'data/maybe.txt',
  'data/new.txt',
  'data/deep/new',
];
const edits = fc.uniqueArray(fc.tuple(fc.constantFrom(...EDITED), fc.constantFrom('change', 'change', 'delete')), {
  minLength: 1,
  maxLength: 3,
  selector: ([path]) => path,
});

function editFiles(
  files: Record<string, string>,
  changes: readonly (readonly [string, string])[],
): Record<string, string> {
  const next = { ...files };
  for (const [path, how] of changes) {
    if (how === 'delete') {
      if (!path.endsWith('main.tf')) delete next[path];
    } else if (path.endsWith('.tfvars')) next[path] = 'pick = "b"\n';
    else next[path] = `${next[path] ?? ''}${path.endsWith('.json') ? ' ' : path.endsWith('.tf') ? '# more\n' : '+'}`;
  }
  return next;
}

async function openLab(name: string, files: Record<string, string>, next: Record<string, string>) {
  const repo = makeRepository(join(temp.dir, name));
  const home = join(temp.dir, `${name}-home`);
  await prepareGitHome(home);
  const base = repo.commit(files);
  const gone = Object.fromEntries(Object.keys(files).flatMap((path) => (path in next ? [] : [[path, null]])));
  const head = repo.commit({ ...next, ...gone });
  const objects = openGitObjects({
    tool: { binary: 'git', hostEnv: process.env, home },
    dir: repo.dir,
    clock: systemClock,
  });
  return { repo, base, head, objects };
}
type Lab = Awaited<ReturnType<typeof openLab>>;

/** Full clones at both ends, always at the same place, and what terraform did in each stack. */
function traceAll({ repo }: Lab, commit: string, dirs: readonly string[]): Map<string, TracedPlan> {
  const clone = join(temp.dir, 'clone');
  execFileSync('rm', ['-rf', clone]);
  execFileSync('git', ['clone', '-q', repo.dir, clone]);
  execFileSync('git', ['checkout', '-q', commit], { cwd: clone, stdio: 'ignore' });
  return new Map(dirs.map((dir) => [dir, tracePlan(clone, dir)]));
}

const detect = ({ objects }: Lab, base: string, head: string) =>
  computeChanged({ objects, base, head, facts: lab.facts, readConfig: readTestConfig, options: lab.options });

let labs = 0;
const told = (trace?: TracedPlan) => JSON.stringify([[...(trace?.opened ?? [])].sort(), trace?.planned]);

it.skipIf(whyNot !== null)(
  'every stack of which terraform really reads other files, or plans something else, is found; its working copy plans what a clone does',
  async () => {
    await fc.assert(
      fc.asyncProperty(shape, edits, async (repository, changes) => {
        const files = filesOf(repository);
        const at = await openLab(`r${labs++}`, files, editFiles(files, changes));
        const found = (await detect(at, at.base, at.head)).stacks.map(({ name }) => name);
        const { graph } = await loadGraph(
          { objects: at.objects, commit: at.head, options: lab.options },
          lab.facts,
          readTestConfig,
        );
        const dirs = [...graph.stacks.keys()];
        const before = traceAll(at, at.base, dirs);
        const after = traceAll(at, at.head, dirs);
        const really = dirs.filter((dir) => told(before.get(dir)) !== told(after.get(dir)));
        expect(found).toEqual(expect.arrayContaining(really));
        for (const [dir, node] of graph.stacks) {
          const { source } = toRunSpec(node, graph.tree, 'infra');
          if (source.scope === 'tree') continue;
          const copy = join(temp.dir, 'clone');
          execFileSync('rm', ['-rf', copy]);
          mkdirSync(join(copy, dirname(dir)), { recursive: true });
          const tar = Buffer.concat(await at.objects.archive(at.head, source.paths).toArray());
          execFileSync('tar', ['-x'], { cwd: copy, input: tar });
          expect(told(tracePlan(copy, dir))).toBe(told(after.get(dir)));
        }
        await at.objects.close();
      }),
      { numRuns: 8 },
    );
  },
  300_000,
);

it('edits of files that no closure reads touch nothing', async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.subarray(Object.keys(NOBODY), { minLength: 1 }), async (repository, edited) => {
      const literal = { ...repository, reads: repository.reads.filter(([, way]) => !SWEEPING.includes(way)) };
      const files = filesOf(literal);
      const at = await openLab(`r${labs++}`, files, {
        ...files,
        ...Object.fromEntries(edited.map((path) => [path, 'edited'])),
      });
      const { stacks } = await detect(at, at.base, at.head);
      expect(stacks.map(({ name, reasons }) => [name, reasons])).toEqual([]);
      await at.objects.close();
    }),
    { numRuns: 15 },
  );
}, 120_000);

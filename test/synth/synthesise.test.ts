import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { list } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SynthLab, withPackages } from '../support/synth-lab.ts';

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../stacks/cdktf/main.ts'), 'utf8');

/** A program that writes a manifest and files without any library. */
const writes = (manifest: unknown, files: Record<string, string> = {}) => ({
  'app/main.ts': `import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
const out = process.env.CDKTF_OUTDIR ?? '';
for (const [path, text] of Object.entries(${JSON.stringify(files)})) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
}
writeFileSync(join(out, 'manifest.json'), ${JSON.stringify(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))});
`,
});
const entry = (name: string, more: object = {}) => ({
  name,
  workingDirectory: `stacks/${name}`,
  synthesizedStackPath: `stacks/${name}/cdk.tf.json`,
  dependencies: [],
  annotations: [],
  ...more,
});

describe('synthesising a CDKTF app', { timeout: 60_000 }, () => {
  let lab: SynthLab;
  beforeEach(() => {
    lab = new SynthLab();
  });
  afterEach(() => lab.close());

  it('gives its stacks with their dependencies, without the local backend, the same bytes each time', async () => {
    const first = await lab.run({ 'app/main.ts': EXAMPLE }, withPackages);
    expect(first).toMatchObject({ result: 'done', error: null });
    expect(first.stacks.map(({ name, dir, depends_on, problem }) => [name, dir, depends_on, problem])).toEqual([
      ['cluster', 'stacks/cluster', ['network'], null],
      ['network', 'stacks/network', [], null],
    ]);
    const again = await lab.run({ 'app/main.ts': `${EXAMPLE}// a remark\n` }, withPackages);
    expect(again.stacks.map(({ digest }) => digest)).toEqual(first.stacks.map(({ digest }) => digest));
    const [cluster] = first.stacks;
    const paths: string[] = [];
    const tar = lab.sent.get(cluster?.digest ?? '');
    const reader = list({ onReadEntry: (read) => paths.push(read.path) });
    reader.end(tar ?? Buffer.alloc(0));
    expect(paths).toEqual(['app/cdktf.out/stacks/cluster/cdk.tf.json']);
    expect(tar?.toString()).not.toContain('tfstate');
    expect(tar?.toString()).not.toContain(lab.folder);
  });

  it('gives the app no credential, its context, and an engine that only tells its version', async () => {
    const { error } = await lab.run(
      {
        'app/main.ts': `import { execFileSync } from 'node:child_process';
const said = execFileSync(process.env.TERRAFORM_BINARY_NAME, ['version']).toString().trim();
throw new Error(JSON.stringify({ ...process.env, said }));`,
      },
      {
        context: '{"a":1}',
        engine_version: '1.9.8',
        environment: [{ phase: 'init', pass: ['AWS_*'], values: { NPM_TOKEN: 'canary-npm' } }],
      },
    );
    expect(error).toContain('Terraform v1.9.8');
    expect(error).toContain(String.raw`"CDKTF_CONTEXT_JSON":"{\"a\":1}"`);
    expect(error).not.toContain('canary');
  });

  it.each([
    [
      'throws: its message and place',
      "function f() {\n  throw new TypeError('no such zone');\n}\nf();\n",
      'app/main.ts:2: TypeError: no such zone',
    ],
    ['does not parse: its place', 'const a = ;\n', 'app/main.ts:1'],
    ['imports what is not there', "import './nothing.ts';\n", 'nothing.ts'],
    ['prints nothing and writes nothing', '', 'wrote no manifest.json'],
    ['ends by a code of its own', 'process.exit(7);\n', '(exit code 7): it said nothing'],
  ])('an app that %s', async (_name, text, said) => {
    const { result, error, stacks } = await lab.run({ 'app/main.ts': text });
    expect({ result, stacks }).toEqual({ result: 'failed', stacks: [] });
    expect(error).toMatch(/^app `app`: `node main.ts`/);
    expect(error).toContain(said);
    expect(error).not.toContain(lab.folder);
  });

  it.each([
    ['loops for ever', 'for (;;);', { timeMs: 700 }, 'was ended after'],
    ['prints 100 MB', "for (let i = 0; i < 100; i++) console.log('x'.repeat(1e6));", {}, 'printed more than 10 MB'],
    [
      'takes all memory',
      'const a: Buffer[] = []; setInterval(() => a.push(Buffer.alloc(5e7, 1)), 5);',
      { memoryBytes: 3e8 },
      'of memory',
    ],
    [
      'forks',
      "import { spawn } from 'node:child_process'; setInterval(() => spawn('sleep', ['300'], { detached: true }), 5);",
      { processes: 20 },
      'ran more than 20 processes',
    ],
  ])('an app that %s is ended', async (_name, text, limits, said) => {
    const { result, error } = await lab.run({ 'app/main.ts': text }, { limits });
    expect(result).toBe('failed');
    expect(error).toContain(said);
  });

  it('an app that writes elsewhere fails where the host can say so, and never reaches the worker', async () => {
    const mark = join(lab.root, 'mark');
    const text = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, 'x');\n`;
    const { error } = await lab.run({ 'app/main.ts': text });
    if (existsSync(mark)) console.log('skipped: this host has no namespaces to keep a program in its place');
    else expect(error).toContain('app/main.ts:2: Error: EROFS');
  });

  it.each([
    ['no JSON', 'nonsense', 'manifest.json is no JSON'],
    ['another shape', { stacks: [] }, 'is not as cdktf writes it'],
    [
      'a path with ..',
      { stacks: { a: entry('a', { workingDirectory: '../../etc' }) } },
      'is no path below the output directory',
    ],
    [
      'an absolute path',
      { stacks: { a: entry('a', { workingDirectory: '/etc' }) } },
      'is no path below the output directory',
    ],
    [
      'a file elsewhere',
      { stacks: { a: entry('a', { synthesizedStackPath: 'manifest.json' }) } },
      'outside its directory',
    ],
    ['a hostile name', { stacks: { a: entry('a', { name: '../x' }) } }, 'names a stack "../x"'],
    [
      'two stacks of one name',
      {
        stacks: { a: entry('a'), b: entry('a', { workingDirectory: 'stacks/b', synthesizedStackPath: 'stacks/b/x' }) },
      },
      'two stacks of one name `a`',
    ],
    ['a dependency that is not there', { stacks: { a: entry('a', { dependencies: ['b'] }) } }, 'depend on `b`'],
    ['a directory that is not there', { stacks: { a: entry('a') } }, 'has no directory stacks/a'],
  ])('a manifest with %s is refused', async (_name, manifest, said) => {
    const { result, error } = await lab.run(writes(manifest));
    expect(result).toBe('failed');
    expect(error).toContain(said);
  });

  it('a stack that is a link out of its place is refused', async () => {
    const text = `import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
const out = process.env.CDKTF_OUTDIR;
mkdirSync(out + '/stacks');
symlinkSync('/etc', out + '/stacks/a');
writeFileSync(out + '/manifest.json', ${JSON.stringify(JSON.stringify({ stacks: { a: entry('a') } }))});`;
    expect((await lab.run({ 'app/main.ts': text })).error).toContain('has no directory stacks/a');
  });

  it('takes the lock file that the repository has for a stack along, and follows no link to one', async () => {
    const lock = 'provider "registry.terraform.io/hashicorp/null" {\n  version = "1.0.0"\n}\n';
    const json = '{"resource":{"terraform_data":{"x":{"input":12345678901234567890}}}}';
    const written = { 'stacks/a/cdk.tf.json': json, 'stacks/b/cdk.tf.json': '{\n}' };
    const files = {
      ...writes({ stacks: { a: entry('a'), b: entry('b') } }, written),
      'app/cdktf.out/stacks/a/.terraform.lock.hcl': lock,
      'app/cdktf.out/stacks/a/ignored.tf': 'x',
    };
    const { stacks } = await lab.run(files);
    expect(stacks.map(({ files }) => files.map(({ path }) => path))).toEqual([
      ['.terraform.lock.hcl', 'cdk.tf.json'],
      ['cdk.tf.json'],
    ]);
    const tar = lab.sent.get(stacks[0]?.digest ?? '')?.toString() ?? '';
    expect(tar).toContain(lock);
    // One line would be the place of everything: it is broken up, and large numbers stay what they are.
    expect(tar).toContain('"x": {\n        "input": 12345678901234567890\n');
    const links = `import { symlinkSync, mkdirSync as make } from 'node:fs';
make('cdktf.out/stacks', { recursive: true });
symlinkSync('../../elsewhere', 'cdktf.out/stacks/b');
`;
    const linked = {
      ...files,
      'app/main.ts': `${links}${files['app/main.ts']}`,
      'app/elsewhere/.terraform.lock.hcl': lock,
    };
    const again = await lab.run(linked);
    expect(again.stacks.map(({ files }) => files.length)).toEqual([2, 1]);
  });

  it('says of a single stack what keeps it from being planned; the others are fine', async () => {
    const noted = entry('b', { annotations: [{ constructPath: 'b/x', level: '@cdktf/error', message: 'no tags' }] });
    const stacks = { a: entry('a'), b: noted, c: entry('c'), d: entry('d') };
    const text = `import { mkdirSync, writeFileSync } from 'node:fs';
const out = process.env.CDKTF_OUTDIR;
const config = { path: process.cwd() + '/terraform.a.tfstate' };
const files = {
  a: {},
  b: {},
  c: { data: { terraform_remote_state: { r: { backend: 'local', config } } } },
  d: { resource: { terraform_data: { x: { input: process.cwd() + '/lambda.zip' } } } },
};
for (const [name, file] of Object.entries(files)) {
  mkdirSync(out + '/stacks/' + name, { recursive: true });
  writeFileSync(out + '/stacks/' + name + '/cdk.tf.json', JSON.stringify(file));
}
writeFileSync(out + '/manifest.json', ${JSON.stringify(JSON.stringify({ stacks }))});`;
    const end = await lab.run({ 'app/main.ts': text });
    expect(end).toMatchObject({ result: 'done', error: null });
    expect(end.stacks.map(({ problem }) => problem)).toEqual([
      null,
      'b/x: no tags',
      expect.stringContaining('reads outputs of stack `a` from a local state file'),
      expect.stringContaining('(…/src/app/lambda.zip): use a TerraformAsset'),
    ]);
  });
});

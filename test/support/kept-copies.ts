import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/kernel/digest.ts';
import { ApplyRig } from './apply-rig.ts';
import { until } from './until.ts';

const MAIN = (dir: string) => `
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "./deploy.sh ${dir}/side"
  }
}
`;

/** A plan that waits for approval, whose apply runs a script that reads files; the rig that has it. Nothing is approved yet. */
export async function planToKeep(): Promise<ApplyRig> {
  const lab = await ApplyRig.start();
  const { dir } = lab.rig;
  await laySources(join(dir, 'source', 'net'));
  await lab.work();
  await lab.makeAtPlan('net/made/at-plan', 'of the plan');
  await lab.plan(MAIN(dir));
  await until(() => existsSync(keptCopy(lab)) || null);
  return lab;
}

/** What the stack's directory holds besides its configuration. */
export async function laySources(net: string): Promise<void> {
  await mkdir(join(net, 'data'), { recursive: true });
  await writeFile(join(net, 'deploy.sh'), '#!/bin/sh\ncat current/list >>$1\n', { mode: 0o755 });
  await writeFile(join(net, 'data', 'list'), 'approved\n');
  await symlink('data', join(net, 'current'));
}

/** Where the files of the waiting plan lie. */
export function keptCopy(lab: ApplyRig): string {
  return join(lab.rig.root, 'kept', 'r1');
}

/** Changes the kept stack directory, as somebody could who runs as the same user. `dir` is outside of the worker's `root`. */
type Change = (net: string, at: { readonly dir: string; readonly root: string }) => void;

/** Says what happens to a file, and puts both its dates back, as `touch -r` does. */
const unseen =
  (name: string, change: (file: string) => void): Change =>
  (net) => {
    const file = join(net, name);
    const { atime, mtime } = statSync(file);
    change(file);
    utimesSync(file, atime, mtime);
  };
const evil = (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace('current', 'xurrent'));

/** What may become of a kept copy, and what the refusal says of it. */
export const COPY_MUTATIONS: readonly (readonly [name: string, change: Change, said: string])[] = [
  ['a script, longer', (net) => appendFileSync(join(net, 'deploy.sh'), 'exit 1\n'), '`copy/net/deploy.sh` was changed'],
  ['a script of the same size', (net) => evil(join(net, 'deploy.sh')), '`copy/net/deploy.sh` was changed'],
  ['a script, its dates put back', unseen('deploy.sh', evil), '`copy/net/deploy.sh` was changed'],
  [
    'a script, another file in its place with all its dates',
    unseen('deploy.sh', (file) => {
      writeFileSync(`${file}.new`, readFileSync(file, 'utf8').replace('current', 'xurrent'), { mode: 0o755 });
      renameSync(`${file}.new`, file);
    }),
    '`copy/net/deploy.sh` was changed',
  ],
  ['data, cut to nothing', (net) => truncateSync(join(net, 'data', 'list')), '`copy/net/data/list` was changed'],
  ['a file, gone', (net) => unlinkSync(join(net, 'data', 'list')), '`copy/net/data/list` is gone'],
  [
    'a directory, gone',
    (net) => rmSync(join(net, 'data'), { recursive: true }),
    '`copy/net/data` is gone, `copy/net/data/list` is gone',
  ],
  ['a file more', (net) => writeFileSync(join(net, 'more.auto.tfvars'), ''), '`copy/net/more.auto.tfvars` was added'],
  ['a hidden file more', (net) => writeFileSync(join(net, '..', '.netrc'), ''), '`copy/.netrc` was added'],
  ['an empty directory more', (net) => mkdirSync(join(net, 'flag')), '`copy/net/flag` was added'],
  ['a pipe more', (net) => execFileSync('sh', ['-c', 'mkfifo "$0"', join(net, 'pipe')]), '`copy/net/pipe` was added'],
  ['an odd name more', (net) => writeFileSync(join(net, 'a\nb"c'), ''), '`copy/net/a\\nb\\"c` was added'],
  [
    'a name that is not UTF-8',
    (net) => writeFileSync(Buffer.concat([Buffer.from(`${net}/`), Buffer.from([0xff])]), ''),
    'in the working copy has a name that is not UTF-8',
  ],
  [
    'a link to elsewhere',
    (net) => {
      unlinkSync(join(net, 'current'));
      symlinkSync('made', join(net, 'current'));
    },
    '`copy/net/current` was changed',
  ],
  [
    'a directory in the place of a link',
    (net) => {
      unlinkSync(join(net, 'current'));
      mkdirSync(join(net, 'current'));
    },
    '`copy/net/current` was a link and is a directory',
  ],
  [
    'a link in the place of a file, to the same bytes',
    (net, { dir }) => {
      renameSync(join(net, 'data', 'list'), join(dir, 'list'));
      symlinkSync(join(dir, 'list'), join(net, 'data', 'list'));
    },
    '`copy/net/data/list` was a file and is a link',
  ],
  [
    'another name of a file elsewhere, changed there',
    (net, { dir }) => {
      linkSync(join(net, 'data', 'list'), join(dir, 'list'));
      writeFileSync(join(dir, 'list'), 'swapped!\n');
    },
    '`copy/net/data/list` was changed',
  ],
  [
    'a script that may not be executed',
    (net) => chmodSync(join(net, 'deploy.sh'), 0o644),
    '`copy/net/deploy.sh` is not executable any more',
  ],
  [
    'data that may be executed',
    (net) => chmodSync(join(net, 'main.tf'), 0o755),
    '`copy/net/main.tf` was made executable',
  ],
  [
    'what the plan made',
    unseen('made/at-plan', (file) => writeFileSync(file, 'of another')),
    '`copy/net/made/at-plan` was changed',
  ],
  [
    'the whole tree, with another one in its place',
    (net) => {
      renameSync(net, `${net}.old`);
      mkdirSync(net);
      writeFileSync(join(net, 'deploy.sh'), '#!/bin/sh\n', { mode: 0o755 });
    },
    'more; nothing was applied',
  ],
  [
    'a script, and the list that would name it',
    (net, { root }) => {
      const list = join(root, 'lists', 'r1');
      const was = sha256(readFileSync(join(net, 'deploy.sh')));
      evil(join(net, 'deploy.sh'));
      const is = sha256(readFileSync(join(net, 'deploy.sh')));
      writeFileSync(list, readFileSync(list, 'utf8').replace(was, is));
    },
    'which ones cannot be said',
  ],
];

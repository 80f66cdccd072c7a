import { execFileSync } from 'node:child_process';

/** A bare repository with many stacks of one file each, some of which call modules. */
export interface WideRepository {
  readonly dir: string;
  /** In name order, which is that of their directories. */
  readonly stacks: readonly string[];
  /** Stacks that call the module `modules/shared`. */
  readonly callers: readonly string[];
  head(): string;
  /** Commits new texts of some files (null: the file goes); answers the commit. */
  commit(files: Readonly<Record<string, string | null>>): string;
  /** Commits a change of the shared module's file. */
  touchModule(): string;
}

export interface WideOptions {
  readonly stacks: number;
  readonly callers: number;
  /** Values alone, no resources: plans find nothing to do although no stack has a state. Default: no. */
  readonly isIdle?: boolean;
}

/** Makes it, in one process of git whatever the number of stacks. */
export function makeWideRepository(dir: string, options: WideOptions): WideRepository {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', dir]);
  const stacks = Array.from({ length: options.stacks }, (_, i) => `stacks/g${pad(i / 100, 3)}/s${pad(i, 5)}`);
  const callers = stacks
    .filter((_, i) => i % Math.ceil(options.stacks / options.callers) === 0)
    .slice(0, options.callers);
  const calling = new Set(callers);
  let edits = 0;

  function commit(files: Readonly<Record<string, string | null>>): string {
    edits += 1;
    const from = edits > 1 ? ['from refs/heads/main^0'] : [];
    const lines = [
      'commit refs/heads/main',
      `committer Ada <ada@example.com> ${1_700_000_000 + edits} +0000`,
      'data 1',
      'x',
    ];
    lines.push(...from);
    for (const [path, text] of Object.entries(files)) {
      if (text === null) lines.push(`D ${path}`);
      else lines.push(`M 100644 inline ${path}`, `data ${Buffer.byteLength(text)}`, text);
    }
    execFileSync('git', ['fast-import', '--quiet'], { cwd: dir, input: `${lines.join('\n')}\n` });
    return head();
  }
  function head(): string {
    return execFileSync('git', ['rev-parse', 'refs/heads/main'], { cwd: dir, encoding: 'utf8' }).trim();
  }
  commit({
    ...Object.fromEntries(
      stacks.map((stack, i) => [`${stack}/main.tf`, stackText(i, calling.has(stack), options.isIdle)]),
    ),
    'modules/shared/main.tf': moduleText(0, options.isIdle),
    'README.md': 'A wide repository\n',
  });
  return {
    dir,
    stacks,
    callers,
    head,
    commit,
    touchModule: () => commit({ 'modules/shared/main.tf': moduleText(edits, options.isIdle) }),
  };
}

/** The file of a stack. */
export function stackText(i: number, callsModule: boolean, isIdle = false): string {
  const call = callsModule ? 'module "shared" {\n  source = "../../../modules/shared"\n}\n' : '';
  return `${call}${block('own', `stack ${i}`, isIdle)}`;
}

function moduleText(version: number, isIdle = false): string {
  return block('shared', `version ${version}`, isIdle);
}

function block(name: string, value: string, isIdle: boolean): string {
  if (isIdle) return `locals {\n  ${name} = "${value}"\n}\n`;
  return `resource "terraform_data" "${name}" {\n  input = "${value}"\n}\n`;
}

function pad(value: number, width: number): string {
  return String(Math.floor(value)).padStart(width, '0');
}

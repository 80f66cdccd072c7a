import { z } from 'zod';
import { HoldfastError } from '../../src/kernel/errors.ts';

/** What we read of a stack in `manifest.json`, whatever else stands there. */
const ManifestStack = z.object({
  name: z.string().min(1).max(200),
  workingDirectory: z.string().min(1).max(4096),
  synthesizedStackPath: z.string().min(1).max(4096),
  dependencies: z.array(z.string().max(200)).max(1000).default([]),
  annotations: z
    .array(z.object({ constructPath: z.string().optional(), level: z.string(), message: z.string() }))
    .max(10_000)
    .default([]),
});

const Manifest = z.object({ stacks: z.record(z.string(), ManifestStack) });

/** A stack of the manifest that is as it should be; paths lie below the output directory, without `.` and `..`. */
export interface ListedStack {
  readonly name: string;
  readonly dir: string;
  /** Relative to `dir`. */
  readonly file: string;
  readonly dependsOn: readonly string[];
  /** Errors that the app noted at constructs. */
  readonly errors: readonly string[];
}

const MAX_STACKS = 2000;

/**
 * The stacks of a `manifest.json`, by name. Throws `invalid` for one that is none, for paths that leave the output directory,
 * for two stacks of one name or directory, and for dependencies that are not there. Pure.
 */
export function readManifest(app: string, text: string): ListedStack[] {
  const parsed = Manifest.safeParse(jsonOf(app, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(app, `is not as cdktf writes it (${issue?.path.join('.')}: ${issue?.message})`);
  }
  const listed = Object.values(parsed.data.stacks);
  if (listed.length > MAX_STACKS) throw bad(app, `lists ${listed.length} stacks; ${MAX_STACKS} are the most`);
  const seen = new Map<string, string>();
  const stacks = listed.map((stack): ListedStack => {
    const dir = insideOf(app, stack.name, stack.workingDirectory);
    const file = insideOf(app, stack.name, stack.synthesizedStackPath);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(stack.name)) {
      throw bad(app, `names a stack ${JSON.stringify(stack.name)}; use letters, digits, \`.\`, \`_\` and \`-\``);
    }
    if (!file.startsWith(`${dir}/`)) throw bad(app, `has the file of stack \`${stack.name}\` outside its directory`);
    for (const key of [`name ${stack.name}`, `dir ${dir}`]) {
      if (seen.has(key)) throw bad(app, `has two stacks of one ${key.replace(' ', ' `')}\`: give each its own id`);
      seen.set(key, stack.name);
    }
    const errors = stack.annotations
      .filter(({ level }) => level === 'error' || level === '@cdktf/error')
      .map(({ constructPath, message }) => `${constructPath ?? stack.name}: ${message}`.slice(0, 1000));
    return { name: stack.name, dir, file: file.slice(dir.length + 1), dependsOn: stack.dependencies, errors };
  });
  for (const { name, dependsOn } of stacks) {
    const missing = dependsOn.find((other) => !seen.has(`name ${other}`));
    if (missing !== undefined) throw bad(app, `has stack \`${name}\` depend on \`${missing}\`, which it does not list`);
  }
  return stacks.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function jsonOf(app: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad(app, 'is no JSON');
  }
}

function insideOf(app: string, stack: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  const isBad = path.startsWith('/') || path.includes('\\') || path.includes('\0') || parts.length === 0;
  if (isBad || parts.includes('..')) {
    throw bad(
      app,
      `names ${JSON.stringify(path.slice(0, 200))} for stack \`${stack}\`, which is no path below the output directory`,
    );
  }
  return parts.join('/');
}

function bad(app: string, what: string): HoldfastError {
  return new HoldfastError('invalid', `app \`${app}\`: its manifest.json ${what}`);
}

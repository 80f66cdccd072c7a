import { isAbsolute } from 'node:path';

/** An engine's process: absolute binary, subcommand first, and the whole of its environment. */
export interface EngineCommand {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a shell gives a meaning of its own, or lets nobody set: such an environment goes the way of the kernel. */
const OWN_NAME =
  /^(_|BASH.*|COMP_.*|DIRSTACK|ENV|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|IFS|LINENO|OPT(ARG|ERR|IND)|POSIXLY_CORRECT|PPID|PS[0-9]|S?RANDOM|SECONDS|SHELLOPTS|UID)$/;
/** What no shim lets through: shells set these for themselves. */
const DROPPED = new Set(['PWD', 'OLDPWD', 'SHLVL']);
/** The kernel takes 128 KiB a string, some MiB in all, and says so itself where it is asked. */
const MAX_STRING = 100 * 1024;
const MAX_ALL = 512 * 1024;

/**
 * What a starter (`starter.sh`) has to read to run an engine with `dir` as its call's directory; null where a shell might not
 * do it byte for byte. In braces, for a shell that is cut off while it reads must do nothing. Pure.
 */
export function engineScript(dir: string, { binary, args, cwd, env }: EngineCommand): string | null {
  const variables = Object.entries(env).filter(([name]) => !DROPPED.has(name));
  if (![dir, cwd, binary].every(isAbsolute)) return null;
  if (!variables.every(([name]) => NAME.test(name) && !OWN_NAME.test(name))) return null;
  if (!isPlain([dir, cwd, binary, ...args, ...variables.map(([name, value]) => name + value)])) return null;
  const exported =
    variables.length === 0 ? '' : `export ${variables.map(([name, value]) => `${name}=${quote(value)}`).join(' ')}\n`;
  return `{
d=${quote(dir)}
(
begin "$d" ${quote(cwd)}
${exported}exec ${[binary, ...args].map(quote).join(' ')}
) </dev/null >"$d/out" 2>"$d/err"
over "$d" $?
}
`;
}

/** Within single quotes a shell reads every byte as it is, but for the quote and NUL. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function isPlain(texts: readonly string[]): boolean {
  let all = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    all += bytes;
    if (bytes > MAX_STRING || all > MAX_ALL || text.includes('\0')) return false;
  }
  return true;
}

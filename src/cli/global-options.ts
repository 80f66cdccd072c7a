import type { Environment } from '../config/environment.ts';

/** What every command takes. Absent flags are undefined: environment, file and default come after them. */
export interface GlobalOptions {
  readonly config: string | undefined;
  readonly json: boolean;
  readonly server: string | undefined;
  readonly token: string | undefined;
}

/** Whether `--json` was asked for, known before anything is parsed, so that even a usage error is JSON. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

/** Whether a stream gets colours: a terminal that is not dumb, and nobody said NO_COLOR. FORCE_COLOR wins over a pipe. */
export function wantsColour(env: Environment, isTerminal: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true;
  return isTerminal && env.TERM !== 'dumb';
}

import { renderProblem } from '../config/problem.ts';
import { parseRepositoryConfig } from '../config/repository-config.ts';
import type { ReadConfig } from '../features/stacks/index.ts';

/** Bytes of a holdfast.yaml (null: there is none), and the time that says which of its rules have expired. */
export interface ConfigQuestion {
  readonly bytes: Uint8Array | null;
  readonly now: number;
}

/** Reads a holdfast.yaml: config's reader, whose errors are the graph's faults. Pure. */
export function readConfig({ bytes, now }: ConfigQuestion): ReadConfig {
  const config = parseRepositoryConfig(bytes, { now });
  const errors = config.problems.filter(({ severity }) => severity === 'error');
  const faults = errors.map((problem) => ({
    message: renderProblem(problem),
    line: problem.line,
    column: problem.column,
  }));
  return { config, faults };
}

import { loadServerConfig } from '../config/load-server-config.ts';
import { renderProblem } from '../config/problem.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { CommandContext } from './command.ts';

/** server.yaml, or an error that names every problem at once. Warnings and notices go to stderr. */
export function loadConfig(context: CommandContext): ServerConfig {
  const { deps, globals, output } = context;
  const { config, problems } = loadServerConfig({ file: globals.config, cwd: deps.cwd, env: deps.env });
  for (const problem of problems) {
    if (problem.severity !== 'error') output.say(renderProblem(problem));
  }
  if (config !== null) return config;
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  const details = { problems: errors.map((problem) => ({ ...problem, text: renderProblem(problem) })) };
  if (errors.length === 1 && first !== undefined) throw new HoldfastError('invalid', renderProblem(first));
  throw new HoldfastError('invalid', `the configuration has ${errors.length} problems`, { details });
}

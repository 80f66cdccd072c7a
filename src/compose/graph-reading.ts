import { renderProblem } from '../config/problem.ts';
import { parseRepositoryConfig } from '../config/repository-config.ts';
import { defaultStackName, stackNameFault } from '../config/stack-name.ts';
import type { ReadRepositoryConfig, StackNaming } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';

/** holdfast.yaml for the graph: config's reader, whose errors are the graph's faults. */
export function repositoryConfigReader(clock: Clock): ReadRepositoryConfig {
  return (bytes) => {
    const config = parseRepositoryConfig(bytes, { now: clock.now() });
    const errors = config.problems.filter(({ severity }) => severity === 'error');
    const faults = errors.map((problem) => ({
      message: renderProblem(problem),
      line: problem.line,
      column: problem.column,
    }));
    return { config, faults };
  };
}

/** How stacks of a repository are called. */
export function stackNaming(repository: string, stackPrefix: string): StackNaming {
  return {
    defaultName: (dir) => defaultStackName(dir, { repository, stackPrefix }),
    fault: (name) => {
      const fault = stackNameFault(name);
      return typeof fault === 'string' || fault === null ? fault : fault.join('; ');
    },
  };
}

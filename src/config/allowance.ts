import { quote } from './key-path.ts';
import type { Problem, Severity } from './problem.ts';
import type { ListedStack, RepositoryConfig } from './repository-config.ts';
import type { RepositoryAllowance } from './server-config.ts';

/**
 * What a repository's file asks for and only server.yaml can allow. With the server's word: an error for a refused engine,
 * a warning for `apply: auto` (it stays manual). `null`, where nobody has asked a server: warnings.
 */
export function checkAllowance(config: RepositoryConfig, allow: RepositoryAllowance | null): Problem[] {
  return config.stacks.flatMap((stack) => {
    const problems: Problem[] = [];
    if (stack.apply === 'auto' && allow?.autoApply !== true) {
      const message =
        allow === null ? 'works only where the server allows it' : 'is not allowed by the server: applies wait';
      problems.push(problem(config.file, stack, 'apply', 'auto', 'warning', message, '`allow: {auto_apply: true}`'));
    }
    if (stack.engine !== null && allow?.engines.includes(stack.engine) !== true) {
      const message = allow === null ? 'works only where the server allows it' : 'is not allowed by the server';
      const wayOut = `\`allow: {engines: [${stack.engine}]}\``;
      const isDefault = allow === null && stack.engine === 'terraform';
      const severity = allow === null ? 'warning' : 'error';
      if (!isDefault) problems.push(problem(config.file, stack, 'engine', stack.engine, severity, message, wayOut));
    }
    return problems;
  });
}

function problem(
  file: string,
  stack: ListedStack,
  key: string,
  value: string,
  severity: Severity,
  message: string,
  wayOut: string,
): Problem {
  const { line, column } = stack.place ?? { line: null, column: null };
  const subject = `stack ${quote(stack.name ?? stack.dir)}`;
  return { severity, file, line, column, subject, key, value, message, wayOut: `needs ${wayOut} in server.yaml` };
}

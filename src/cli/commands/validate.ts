import { resolve } from 'node:path';
import { clean } from '../../api/text/clean.ts';
import { type Paint, plainPaint } from '../../api/text/paint.ts';
import { type Problem, renderProblem } from '../../config/problem.ts';
import { type Validation, validateRepositoryDir, validateServerFile } from '../../config/validate.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'validate',
  summary: 'Check server.yaml, or a repository',
  description:
    'Without a directory it checks server.yaml as `holdfast up` would read it. With one it checks the holdfast.yaml ' +
    'and the stacks of the repository there; what only a server can allow is a warning. Every problem is named at ' +
    'once, with file, line, key, value and the way out.',
  needsServer: false,
  arguments: [{ syntax: '[dir]', text: 'the root of a repository' }],
  options: [],
  examples: [
    ['holdfast validate', 'server.yaml in this folder'],
    ['holdfast validate --config /etc/holdfast/server.yaml', 'another one'],
    ['holdfast validate .', 'the repository in this folder, for CI'],
  ],
  exits: '0 valid (warnings included), 1 not.',
  async run({ deps, globals }, { args: [dir] }) {
    const validation =
      dir === undefined
        ? validateServerFile({ file: globals.config, cwd: deps.cwd, env: deps.env })
        : await validateRepositoryDir(resolve(deps.cwd, dir), {
            now: deps.clock.now(),
            checkStacks: (repository, config) => deps.checkStacks(repository, config),
          });
    const { subject, isValid, problems } = validation;
    return {
      exit: isValid ? 0 : 1,
      json: { subject, valid: isValid, problems: problems.map((problem) => toJson(problem)) },
      text: ({ paint = plainPaint }) => render(validation, paint),
    };
  },
};

function toJson(problem: Problem) {
  const { severity, file, line, column, subject, key, value, message, wayOut } = problem;
  const text = renderProblem(problem);
  return { severity, file, line, column, subject, key, value, message, way_out: wayOut, text };
}

function render({ subject, isValid, problems }: Validation, paint: Paint): string {
  const colours = { error: paint.bad, warning: paint.caution, notice: paint.faint } as const;
  const lines = problems.map((problem) => {
    const text = clean(renderProblem(problem));
    return `${colours[problem.severity](problem.severity === 'error' ? 'error:' : '')} ${text}`.trimStart();
  });
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const verdict = isValid ? paint.good('valid') : paint.bad(`${errors} ${errors === 1 ? 'problem' : 'problems'}`);
  return [...lines, ...(lines.length > 0 ? [''] : []), `${clean(subject)}: ${verdict}`, ''].join('\n');
}

import { resolve } from 'node:path';
import { clean } from '../../api/text/clean.ts';
import { plainPaint } from '../../api/text/paint.ts';
import { reasonText, type TextOptions } from '../../api/text/run-text.ts';
import type { ChangedReport } from '../changed-report.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'changed',
  summary: 'Which stacks a range of commits touches, and why',
  description:
    'Finds the stacks that the commits from base to head touch, each with its reasons: a file of its own, a module, ' +
    'a path it reads, holdfast.yaml. It reads a local repository and needs no server: good for CI.',
  needsServer: false,
  arguments: [],
  options: [
    { flags: '--repo <dir>', text: 'the repository (a checkout or a bare one)', default: '.' },
    { flags: '--base <rev>', text: 'from this commit', required: true },
    { flags: '--head <rev>', text: 'to this commit', default: 'HEAD' },
  ],
  examples: [
    ['holdfast changed --base main --head HEAD', 'what this branch touches'],
    ['holdfast changed --repo ../infra --base HEAD~1 --head HEAD', 'what the last commit touched'],
    ["holdfast changed --base main --json | jq -r '.stacks[].dir'", 'directories for a CI matrix'],
  ],
  exits: '0 no stack is touched, 2 some are, 1 error.',
  async run({ deps, output }, { options }) {
    const report = await deps.changed({
      repo: resolve(deps.cwd, String(options.repo)),
      base: String(options.base),
      head: String(options.head),
    });
    for (const warning of report.warnings) output.warn(clean(warning));
    const { base, head, stacks } = report;
    return { exit: stacks.length > 0 ? 2 : 0, json: { base, head, stacks }, text: (text) => render(report, text) };
  },
};

function render({ stacks, base, head }: ChangedReport, { paint = plainPaint }: TextOptions): string {
  const range = paint.faint(`${base.slice(0, 12)}..${head.slice(0, 12)}`);
  if (stacks.length === 0) return `No stack is touched by ${range}\n`;
  const parts = stacks.map(({ name, dir, reasons }) => {
    const where = name === dir ? '' : paint.faint(` (${clean(dir)})`);
    return [`${paint.strong(clean(name))}${where}`, ...reasons.map((reason) => `  ${reasonText(reason)}`)].join('\n');
  });
  return `${parts.join('\n')}\n\n${stacks.length} ${stacks.length === 1 ? 'stack is' : 'stacks are'} touched by ${range}\n`;
}

import { HoldfastError } from '../../kernel/errors.ts';
import type { CommandDefinition } from '../command.ts';
import { acknowledge, resume } from '../drift-acts.ts';
import { checkNow } from '../drift-check.ts';
import { printRule } from '../drift-rule.ts';
import { showReport } from '../drift-show.ts';

export const command: CommandDefinition = {
  name: 'drift',
  summary: 'Check now what changed behind Holdfast, report it, acknowledge it',
  description:
    'Without a word before it, checks stacks now (all that were ever applied, where none is named): a read-only plan at ' +
    'the last applied commit, joining a check that is open already. `report` shows what is known. `ack` takes note of ' +
    'findings, so that they are not told again until they change. `ignore` prints the rule to add to holdfast.yaml. ' +
    '`resume` says that somebody has looked, after so many stacks drifted at once that nothing is put right by itself. ' +
    'A stack named like one of these words goes after `--`.',
  needsServer: true,
  arguments: [
    { syntax: '[words...]', text: 'stacks to check; or report, ack STACK [ADDRESS], ignore STACK ADDRESS, resume' },
  ],
  options: [
    { flags: '--wait', text: 'wait until the checks are there, and print what they found' },
    { flags: '--format <format>', text: 'of report: text, json or markdown' },
    { flags: '--reason <text>', text: 'of ack, ignore and resume: why' },
    { flags: '--until <day>', text: 'of ack: the day (2027-01-31) on which it ends; default: when it changes' },
    { flags: '--attributes <paths>', text: 'of ignore: attributes, joined by commas; default: the whole resource' },
    { flags: '--expires <day>', text: 'of ignore: the day on which the rule ends' },
  ],
  examples: [
    ['holdfast drift --wait', 'check everything, and see what drifted'],
    ['holdfast drift network/prod --wait', 'one stack'],
    ['holdfast drift report --format markdown', 'what is known now, to paste'],
    ['holdfast drift ack network/prod --reason "Ana changes it back on Monday" --until 2027-02-01', 'known'],
    [
      'holdfast drift ignore app aws_autoscaling_group.web --attributes desired_capacity --reason "autoscaling"',
      'a rule',
    ],
  ],
  exits: '0 accepted, or nothing drifted (report, --wait), 2 something drifted, 1 a check failed, or everything else.',
  async run(context, { args, options, literals = 0 }) {
    const words = args.filter((word) => word !== undefined);
    const [action, ...rest] = words;
    const isAction = literals < words.length;
    if (isAction && action === 'report') return showReport(context, rest, options.format);
    if (isAction && action === 'ack') return acknowledge(context, rest, options);
    if (isAction && action === 'ignore') return printRule(rest, options);
    if (isAction && action === 'resume') return resume(context, rest, options);
    refuseForeign(options, action);
    return checkNow(context, words, options.wait === true);
  },
};

const OF_ACTIONS = ['format', 'reason', 'until', 'attributes', 'expires'];

function refuseForeign(options: Readonly<Record<string, unknown>>, action: string | undefined): void {
  const foreign = OF_ACTIONS.find((name) => options[name] !== undefined);
  if (foreign === undefined) return;
  throw new HoldfastError('invalid', `a check takes no --${foreign}`, {
    treatment: {
      kind: 'human',
      wayOut: `say what to do first: holdfast drift report|ack|ignore|resume ${action ?? ''}`.trim(),
    },
  });
}

import { renderDriftMarkdown, renderDriftReport } from '../api/text/drift-text.ts';
import type { CommandContext, CommandResult } from './command.ts';
import { printed } from './command-result.ts';
import { fetchReport, usage } from './drift-check.ts';

const FORMATS = ['text', 'json', 'markdown'];

/** `holdfast drift report`: what is known now. Exit 2 when anything drifted. */
export async function showReport(
  context: CommandContext,
  rest: readonly string[],
  format: string | boolean | undefined = 'text',
): Promise<CommandResult> {
  if (rest.length > 0) throw usage('`drift report` takes no stacks: it shows all', 'holdfast drift report');
  if (!FORMATS.includes(String(format))) {
    throw usage(
      `--format must be one of ${FORMATS.join(', ')}, got "${format}"`,
      'holdfast drift report --format markdown',
    );
  }
  const { body, value } = await fetchReport(context);
  const exit = value.totals.drifted > 0 ? 2 : 0;
  if (format === 'json' && !context.output.json) {
    context.deps.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
    return printed(exit);
  }
  return {
    exit,
    json: body,
    text: (options) => (format === 'markdown' ? renderDriftMarkdown(value) : renderDriftReport(value, options)),
  };
}

import type { RunListItem } from '../api/contract.ts';
import { clean } from '../api/text/clean.ts';
import { plainPaint } from '../api/text/paint.ts';
import { renderFacts, renderRunText } from '../api/text/run-text.ts';
import { paintStatus } from '../api/text/status-text.ts';
import type { ApiAnswer } from './api-client.ts';
import type { CommandContext, CommandResult } from './command.ts';
import { exitOfRun } from './exit-code.ts';
import { isAtRest, waitForRun } from './wait-for-run.ts';

/** What a command that acts on a run prints: the run as it was answered, or with `wait` as it came to rest. */
export async function actedOn(
  context: CommandContext,
  answer: ApiAnswer<RunListItem>,
  options: { readonly wait: boolean },
): Promise<CommandResult> {
  if (options.wait) {
    const { body, value } = await waitForRun(context, answer.value.id);
    return { exit: exitOfRun(value.status), json: body, text: (text) => renderRunText(value, text) };
  }
  const run = answer.value;
  return {
    exit: 0,
    json: answer.body,
    text(options) {
      const paint = options.paint ?? plainPaint;
      const head = `${paint.strong(clean(run.stack))}  ${paintStatus(run.status, paint)}\n\n${renderFacts(run, options)}\n`;
      return isAtRest(run) ? head : `${head}\n${paint.faint('Follow it:')} holdfast logs -f ${clean(run.id)}\n`;
    },
  };
}

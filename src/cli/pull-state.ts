import type { CommandContext } from './command.ts';
import { type CommandResult, printed } from './command-result.ts';
import { renderError } from './render-error.ts';

/**
 * Prints the bytes of a state (`versions/latest`, `errored/<run>`) and nothing else: what goes wrong is told on stderr alone, with `--json` too, so that no
 * error document is ever taken for a state.
 */
export async function pullState(context: CommandContext, stack: string, which: string): Promise<CommandResult> {
  const { output, deps } = context;
  try {
    const api = await context.api();
    const path = `/api/v1/stacks/${encodeURIComponent(stack)}/state/${which}`;
    for await (const chunk of await api.stream(path, output.gone)) {
      if (output.gone.aborted) break;
      await output.bytes(chunk);
    }
    return printed(output.gone.aborted ? 1 : 0);
  } catch (error) {
    deps.stderr.write(renderError(error, output.errPaint));
    return printed(1);
  }
}

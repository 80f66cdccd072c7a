import { type CommandResult, printed } from './command-result.ts';
import type { CommandContext, RunningPart } from './deps.ts';

/** A second signal within this time is the same Ctrl-C, delivered twice (terminal and launcher). */
const SAME_SIGNAL_MS = 500;

/**
 * Runs a part of Holdfast until a signal or its own end. Its address is printed once it is up. The first signal drains,
 * a later one ends at once with exit code 1; a signal while it starts stops it as soon as it has started.
 */
export async function runPart(
  context: CommandContext,
  about: { readonly name: 'up' | 'serve' | 'worker'; readonly dataDir: string | null },
  start: () => Promise<RunningPart>,
): Promise<CommandResult> {
  const { deps, output } = context;
  const stop = listenForStop(context);
  try {
    const part = await Promise.race([start(), stop.now]);
    if (part === 'now') return printed(1);
    const { address } = part;
    // A supervised worker has nobody to tell.
    if (!stop.isAsked() && about.dataDir !== null) {
      output.result({
        json: { command: about.name, address, version: deps.version, data_dir: about.dataDir, pid: process.pid },
        text: ({ paint }) => readyText(about.name, paint === undefined ? address : paint.strong(address)),
      });
    }
    const ended = await Promise.race([part.closed.then(() => 'closed' as const), stop.asked]);
    if (ended === 'closed') return printed(0);
    if (about.dataDir !== null)
      output.say('draining: plans get a moment to end, applies go on by themselves (again: end at once)');
    const drained = await Promise.race([part.stop(), stop.now]);
    return printed(drained === 'now' ? 1 : 0);
  } finally {
    stop.end();
  }
}

function readyText(name: 'up' | 'serve' | 'worker', address: string): string {
  if (name === 'worker') return `holdfast worker is up, working for ${address}\n`;
  return `holdfast ${name} is up: ${address}\n`;
}

function listenForStop({ deps }: CommandContext) {
  let askedAt: number | null = null;
  let onAsked = () => {};
  let onNow = () => {};
  const asked = new Promise<'asked'>((resolve) => {
    onAsked = () => resolve('asked');
  });
  const now = new Promise<'now'>((resolve) => {
    onNow = () => resolve('now');
  });
  const end = deps.onStopSignal(() => {
    const at = deps.clock.now();
    if (askedAt === null) {
      askedAt = at;
      onAsked();
    } else if (at - askedAt > SAME_SIGNAL_MS) onNow();
  });
  return { asked, now, end, isAsked: () => askedAt !== null };
}

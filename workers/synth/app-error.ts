import { formatDuration } from '../../src/kernel/units.ts';
import type { ContainedEnd, ContainedLimits } from '../../src/platform/process/contained-process.ts';

/** Why we ended a program, as a sentence; null where it ended by itself. */
export function stopText({ stopped }: Pick<ContainedEnd, 'stopped'>, limits: ContainedLimits): string | null {
  switch (stopped) {
    case 'timeout':
      return `it was ended after ${formatDuration(limits.timeMs)}`;
    case 'output':
      return `it was ended because it printed more than ${Math.round(limits.outputBytes / 1024 ** 2)} MB`;
    case 'memory':
      return `it was ended because it took more than ${Math.round(limits.memoryBytes / 1024 ** 2)} MB of memory`;
    case 'processes':
      return `it was ended because it ran more than ${limits.processes} processes`;
    case 'canceled':
      return 'it was canceled';
    default:
      return null;
  }
}

/**
 * What an app that failed said, for people: the message of what it threw, with the first place in its own files
 * (repository-relative) before it. `root` is the absolute folder of the sources. Pure.
 */
export function appErrorText(output: string, root: string): string {
  const lines = output.replaceAll('\r', '').split('\n');
  const place = placeIn(lines, root);
  const thrown = lines.findIndex((line) => /^\s*(?:Uncaught )?[\w$.]*(?:Error|Exception)(?: \[[\w_]+\])?: /.test(line));
  const end = lines.findIndex((line, i) => i > thrown && /^\s+at /.test(line));
  const message =
    thrown === -1
      ? lines.join('\n').trim().slice(-2000)
      : lines
          .slice(thrown, end === -1 ? thrown + 10 : end)
          .join('\n')
          .trim()
          .slice(0, 2000);
  const text = (message === '' ? 'it said nothing' : message).replaceAll(`${root}/`, '');
  return place === null ? text : `${place}: ${text}`;
}

/** The first `file:line` in the app's own files, packages left out. */
function placeIn(lines: readonly string[], root: string): string | null {
  for (const line of lines) {
    for (const [, path, at] of line.matchAll(/(?:file:\/\/)?(\/[^\s():]+):(\d+)/g)) {
      if (path?.startsWith(`${root}/`) && !path.includes('/node_modules/'))
        return `${path.slice(root.length + 1)}:${at}`;
    }
    // Python names its files otherwise.
    const python = /File "([^"]+)", line (\d+)/.exec(line);
    if (python?.[1]?.startsWith(`${root}/`)) return `${python[1].slice(root.length + 1)}:${python[2]}`;
  }
  return null;
}

import type { Freeze } from '../contract.ts';
import { ago } from './ago.ts';
import { clean } from './clean.ts';
import { plainPaint } from './paint.ts';
import type { TextOptions } from './run-text.ts';

/** Whether applies are stopped, by whom and why. */
export function renderFreezeText({ frozen, reason, by, since }: Freeze, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  if (!frozen) return 'Nothing is frozen: applies go on.\n';
  const why = reason === null ? '' : `: ${clean(reason)}`;
  const who = by === null ? '' : `, by ${clean(by)}`;
  const when = since === null ? '' : `, ${ago(since, options.now)}`;
  const end = by === 'server.yaml' ? 'take `applies: {freeze: true}` out of server.yaml' : 'holdfast unfreeze';
  return `${paint.caution('Applies are frozen')}${why}${who}${when}\n${paint.faint('End it:')} ${end}\n`;
}

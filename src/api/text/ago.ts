import { formatDuration } from '../../kernel/units.ts';
import { clean } from './clean.ts';

/** `3 min ago`, to the largest unit, of an RFC 3339 time; the time itself where `now` (ms) is not given. */
export function ago(time: string, now: number | undefined): string {
  const at = Date.parse(time);
  if (now === undefined || Number.isNaN(at)) return clean(time);
  const passed = now - at;
  if (passed < 5000) return 'just now';
  const [number, unit] = formatDuration(passed).split(' ');
  return `${number} ${unit} ago`;
}

import { headline } from './headline.ts';
import type { NotificationBody } from './notification.ts';

/** What a message's edge says from afar. */
export type Tone = 'good' | 'bad' | 'caution' | 'note';

/** Colours of the tones, `#rrggbb`. */
export const TONES: Readonly<Record<Tone, string>> = {
  good: '#2e9e5b',
  bad: '#d13438',
  caution: '#d99a00',
  note: '#3b78c4',
};

const BY_SIGN: readonly (readonly [string, Tone])[] = [
  ['🟢', 'good'],
  ['🔴', 'bad'],
  ['⛔', 'bad'],
  ['🟡', 'caution'],
  ['🟠', 'caution'],
  ['⚠', 'caution'],
];

/** The tone of a message, as the sign of its headline says it. Pure. */
export function toneOf(body: NotificationBody): Tone {
  const line = headline(body);
  return BY_SIGN.find(([sign]) => line.startsWith(sign))?.[1] ?? 'note';
}

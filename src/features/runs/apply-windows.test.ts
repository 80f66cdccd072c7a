import { expect, test } from 'vitest';
import { type ApplyWindow, windowAt } from './apply-windows.ts';

const office: ApplyWindow = { schedule: '0 8 * * 1-5', timezone: 'Europe/Berlin', durationMs: 9 * 3_600_000 };
const night: ApplyWindow = { schedule: '30 22 * * *', timezone: 'UTC', durationMs: 4 * 3_600_000 };
const at = (text: string) => Date.parse(text);

test.each([
  ['no windows are always open', [], '2027-01-01T00:00:00Z', true],
  ['the first moment of a window', [office], '2026-07-06T06:00:00Z', true],
  ['the moment before', [office], '2026-07-06T05:59:59.999Z', false],
  ['the last moment', [office], '2026-07-06T14:59:59.999Z', true],
  ['the end is no part of it', [office], '2026-07-06T15:00:00Z', false],
  ['another day of the week', [office], '2026-07-05T10:00:00Z', false],
  ['in winter the same local time', [office], '2026-01-05T07:00:00Z', true],
  ['in winter not the summer’s', [office], '2026-01-05T06:30:00Z', false],
  ['a window over midnight', [night], '2026-07-06T01:00:00Z', true],
  ['one of several is enough', [office, night], '2026-07-05T23:00:00Z', true],
])('%s', (_name, windows, now, isOpen) => {
  expect(windowAt(windows, at(now)).isOpen).toBe(isOpen);
});

test('a closed one says when the next opens, of all windows the first', () => {
  expect(windowAt([office], at('2026-07-04T12:00:00Z'))).toEqual({
    isOpen: false,
    opensAt: at('2026-07-06T06:00:00Z'),
  });
  expect(windowAt([office, night], at('2026-07-04T12:00:00Z'))).toEqual({
    isOpen: false,
    opensAt: at('2026-07-04T22:30:00Z'),
  });
});

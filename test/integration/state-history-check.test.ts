import { expect, test } from 'vitest';
import { findAnomalies, type StateEvent } from '../support/state-history.ts';

/** A history without a flaw: two clients, one after the other. Each test breaks one thing of it. */
function history(): StateEvent[] {
  const event = { stack: 's', client: 1, lockId: 'l1', serial: 0, text: '' };
  return [
    { ...event, kind: 'lock', from: 0, to: 1 },
    { ...event, kind: 'write', from: 2, to: 3, serial: 1, text: 'one' },
    { ...event, kind: 'unlock', from: 4, to: 5 },
    { ...event, kind: 'lock', client: 2, lockId: 'l2', from: 6, to: 7 },
    { ...event, kind: 'write', client: 2, lockId: 'l2', from: 8, to: 9, serial: 2, text: 'two' },
    { ...event, kind: 'read', lockId: '', from: 10, to: 11, serial: 2, text: 'two' },
  ];
}
const finals = new Map([
  [
    's',
    [
      { serial: 1, text: 'one' },
      { serial: 2, text: 'two' },
    ],
  ],
]);

function changed(at: number, change: Partial<StateEvent>): StateEvent[] {
  return history().map((event, i) => (i === at ? { ...event, ...change } : event));
}

test('a history without a flaw has none', () => {
  expect(findAnomalies(history(), finals)).toEqual([]);
});

test.each([
  ['a lost write', changed(1, { text: 'lost' }), /acknowledged serial 1 of client 1 is not there/],
  ['a stale read', changed(5, { serial: 1, text: 'one' }), /read 1 after 2 was acknowledged/],
  ['a read that forgot', changed(5, { serial: 0, text: '' }), /read 0 after 2/],
  ['a read from the future', changed(5, { from: 3, to: 4 }), /read 2 before anybody wrote it/],
  ['a torn read', changed(5, { text: 'tw' }), /read with other bytes/],
  ['a lock for two', changed(3, { from: 1, to: 2 }), /while another client held it/],
  ['a write after the unlock', changed(1, { from: 5, to: 6 }), /accepted outside its lock/],
  ['a write without a lock', changed(1, { lockId: 'none' }), /accepted outside its lock/],
])('%s is found', (_name, events, message) => {
  expect(findAnomalies(events, finals).join('\n')).toMatch(message);
});

test('serials that do not rise are found', () => {
  const wrong = new Map([['s', [...(finals.get('s') ?? [])].reverse()]]);
  expect(findAnomalies(history(), wrong).join('\n')).toMatch(/serial 1 follows a higher one/);
});

import { describe, expect, it } from 'vitest';
import { dueSignals } from './stop-plan.ts';

describe('dueSignals', () => {
  it('sends one SIGINT at once, one after 10 s, and SIGKILL after 20 s', () => {
    expect(dueSignals(0, 0)).toEqual(['SIGINT']);
    expect(dueSignals(9_999, 1)).toEqual([]);
    expect(dueSignals(10_000, 1)).toEqual(['SIGINT']);
    expect(dueSignals(20_000, 2)).toEqual(['SIGKILL']);
    expect(dueSignals(60_000, 3)).toEqual([]);
  });
  it('keeps the order after a pause of the machine', () => {
    expect(dueSignals(30_000, 1)).toEqual(['SIGINT', 'SIGKILL']);
  });
});

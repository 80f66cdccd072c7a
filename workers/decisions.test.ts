import { describe, expect, it } from 'vitest';
import { restartPauseMs } from '../src/platform/process/worker-supervisor.ts';
import { errorOf } from './control/answer-error.ts';
import { pauseMs } from './control/retry.ts';
import { nextLookMs, passedLimit } from './run/engine-limits.ts';

const answer = (status: number, body: object | string = '', retryAfter: number | null = null) => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  retryAfter,
});

describe('errorOf', () => {
  const cases: [string, ReturnType<typeof answer>, string, string][] = [
    ['fenced takes the run away', answer(409, { code: 'fenced' }), 'fenced', 'human'],
    ['gone too', answer(410, { code: 'gone' }), 'gone', 'human'],
    ['a lost race passes', answer(409, { code: 'conflict' }), 'busy', 'retry'],
    ['a 404 of somebody between us passes', answer(404, '<html>'), 'busy', 'retry'],
    ['a commit that is not there does not', answer(404, { code: 'not_found' }), 'not_found', 'human'],
    ['a wrong secret can be put right', answer(401, { code: 'unauthenticated' }), 'busy', 'retry'],
    ['a wrong shape cannot', answer(400, { code: 'invalid', detail: 'x' }), 'invalid', 'human'],
    ['away passes', answer(503, { code: 'busy' }), 'busy', 'retry'],
  ];
  it.each(cases)('%s', (_name, got, code, treatment) => {
    expect(errorOf('claims', got)).toMatchObject({ code, treatment: { kind: treatment } });
  });
  it('keeps what Retry-After asks for', () => {
    expect(errorOf('hello', answer(503, '', 7)).treatment).toEqual({ kind: 'retry', afterMs: 7000 });
  });
});

describe('pauses', () => {
  it('grow from 1 s to 30 s, and heed what was asked for', () => {
    expect([0, 1, 2, 5, 900].map((failures) => pauseMs(failures, undefined))).toEqual([
      1000, 2000, 4000, 30_000, 30_000,
    ]);
    expect(pauseMs(0, 7000)).toBe(7000);
    expect(pauseMs(0, 3_600_000)).toBe(30_000);
  });
  it('between two lives of a worker grow from half a second', () => {
    expect([0, 1, 2, 3, 20].map(restartPauseMs)).toEqual([0, 500, 1000, 2000, 30_000]);
  });
});

describe('limits of an engine', () => {
  const limits = { timeoutMs: 1000, outputBytes: 1000, freeShare: 0.05 };
  const use = { elapsedMs: 10, outputBytes: 10, freeShare: 0.5 };
  it('are output, disk and time', () => {
    expect(passedLimit(use, limits)).toBeNull();
    expect(passedLimit({ ...use, outputBytes: 1001 }, limits)).toBe('output_limit');
    expect(passedLimit({ ...use, freeShare: 0.049 }, limits)).toBe('disk');
    expect(passedLimit({ ...use, elapsedMs: 1001 }, limits)).toBe('timeout');
  });
  it('are looked at the sooner the faster the output grows', () => {
    expect(nextLookMs(null, use, limits)).toBe(100);
    expect(nextLookMs(use, { ...use, elapsedMs: 110 }, limits)).toBe(500);
    expect(nextLookMs(use, { ...use, elapsedMs: 110, outputBytes: 210 }, limits)).toBe(197.5);
    expect(nextLookMs(use, { ...use, elapsedMs: 110, outputBytes: 990 }, limits)).toBe(20);
  });
});

import { cleanLine, cut } from './clean-text.ts';
import type { Channel } from './notification.ts';

/** What a channel answered. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The start of the body. */
  readonly text: string;
}

/** What an answer means: `rejected` will be answered so again, `away` may pass. */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'rejected'; readonly error: string }
  | { readonly kind: 'away'; readonly error: string; readonly retryAfterMs: number | null };

/** 4xx that pass by themselves: timeout, conflict, too early, too many. */
const PASSING = [408, 409, 425, 429];
const LONGEST_WAIT_MS = 3_600_000;

/** Reads an answer as its kind of channel means it: some say errors with 200. Pure. */
export function judgeAnswer(type: Channel['type'], answer: Answer, now: number): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    if (type === 'slack' || type === 'mattermost') return judgeOk(answer);
    return type === 'teams' ? judgeTeams(answer) : { kind: 'delivered' };
  }
  const error = `HTTP ${status}${said(answer.text)}`;
  if (status >= 300 && status < 400) return { kind: 'rejected', error: `${error} (redirects are not followed)` };
  if (status >= 500 || PASSING.includes(status)) {
    return { kind: 'away', error, retryAfterMs: readRetryAfter(answer.retryAfter, now) };
  }
  return { kind: 'rejected', error };
}

/** Slack and Mattermost say `ok`, and nothing else when they took it. */
function judgeOk({ status, text }: Answer): Verdict {
  const body = text.trim();
  if (body === '' || body.toLowerCase() === 'ok' || /^\{\s*"ok"\s*:\s*true\b/u.test(body)) return { kind: 'delivered' };
  return { kind: 'rejected', error: `HTTP ${status}, but it says${said(text)}` };
}

/** Teams answers 200 and tells in words what its own inside answered. */
function judgeTeams({ status, text }: Answer): Verdict {
  const inner = /\bHTTP error (\d{3})\b/u.exec(text)?.[1];
  if (inner === undefined && !/\bfailed with error\b/iu.test(text)) return { kind: 'delivered' };
  const error = `HTTP ${status}, but it says${said(text)}`;
  const isPassing = inner !== undefined && (Number(inner) >= 500 || PASSING.includes(Number(inner)));
  return isPassing ? { kind: 'away', error, retryAfterMs: null } : { kind: 'rejected', error };
}

function said(text: string): string {
  const line = cut(cleanLine(text), 200);
  return line === '' ? '' : `: ${line}`;
}

/** Milliseconds of a `Retry-After` (seconds or a date), at most an hour; null where there is none. */
export function readRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  const waitMs = /^\d{1,9}$/u.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(waitMs) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs));
}

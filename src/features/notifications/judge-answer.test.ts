import { expect, test } from 'vitest';
import { type Answer, judgeAnswer, readRetryAfter } from './judge-answer.ts';

const answer = (status: number, text = '', retryAfter: string | null = null): Answer => ({ status, text, retryAfter });

test.each([
  ['slack', 200, 'ok', 'delivered'],
  ['slack', 200, ' OK\n', 'delivered'],
  ['slack', 200, '{"ok":true}', 'delivered'],
  ['slack', 200, 'invalid_blocks', 'rejected'],
  ['slack', 200, '{"ok":false,"error":"no_text"}', 'rejected'],
  ['slack', 404, 'no_service', 'rejected'],
  ['slack', 400, 'invalid_payload', 'rejected'],
  ['slack', 429, '', 'away'],
  ['slack', 500, '', 'away'],
  ['mattermost', 200, 'ok', 'delivered'],
  ['mattermost', 200, '<html>login', 'rejected'],
  ['teams', 202, '', 'delivered'],
  ['teams', 200, '1', 'delivered'],
  [
    'teams',
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
    'away',
  ],
  [
    'teams',
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413',
    'rejected',
  ],
  ['discord', 204, '', 'delivered'],
  ['discord', 400, '{"embeds":["0"]}', 'rejected'],
  ['discord', 429, '{"retry_after":0.5}', 'away'],
  ['google_chat', 200, '{"name":"spaces/a/messages/b"}', 'delivered'],
  ['google_chat', 400, '', 'rejected'],
  ['webhook', 200, 'whatever', 'delivered'],
  ['webhook', 204, '', 'delivered'],
  ['webhook', 302, '', 'rejected'],
  ['webhook', 401, '', 'rejected'],
  ['webhook', 408, '', 'away'],
  ['webhook', 409, '', 'away'],
  ['webhook', 425, '', 'away'],
  ['webhook', 503, '', 'away'],
] as const)('%s answering %i %j is %s', (type, status, text, kind) => {
  expect(judgeAnswer(type, answer(status, text), 0).kind).toBe(kind);
});

test('the error says what was answered, on one line, without control characters', () => {
  const verdict = judgeAnswer('slack', answer(400, 'invalid_blocks\n\u001b[31mred'), 0);
  expect(verdict).toEqual({ kind: 'rejected', error: 'HTTP 400: invalid_blocks red' });
});

test.each([
  ['7', 7000],
  ['0', 0],
  ['999999', 3_600_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 59_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
  [null, null],
])('Retry-After %j is %s ms', (text, expected) => {
  expect(readRetryAfter(text, 1000)).toBe(expected);
});

import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { detectProvider, verifyWebhook, type WebhookRequest } from './repo-webhooks.ts';
import type { WebhookHeaders } from './webhook-signature.ts';

const SECRET = 'correct horse';
const BODY = '{"ref": "refs/heads/main",  "x": "ü"}';
const NOW = 1_800_000_000_000;
const KEY = Buffer.alloc(32, 7);

const hex = (body = BODY, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex');
const standard = (id: string, at: number, body = BODY) =>
  `v1,${createHmac('sha256', KEY).update(`${id}.${at}.${body}`).digest('base64')}`;

function verify(headers: Record<string, string | string[]>, more: Partial<WebhookRequest> & { body?: string } = {}) {
  const distinct: WebhookHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat()]),
  );
  const { body = BODY, ...rest } = more;
  return verifyWebhook({
    provider: 'github',
    headers: distinct,
    rawBody: Buffer.from(body),
    secret: SECRET,
    nowMs: NOW,
    ...rest,
  });
}

const push = { 'x-github-event': 'push', 'x-github-delivery': 'd1' };
const whsec = { provider: 'gitlab', secret: `whsec_${KEY.toString('base64')}` } as const;
const signed = (at = NOW / 1000) => ({
  'x-gitlab-event': 'Push Hook',
  'webhook-id': 'm1',
  'webhook-timestamp': String(at),
  'webhook-signature': standard('m1', at),
});

test('each provider is believed by its own signature', () => {
  const accepted = { ok: true, event: 'push', branchHint: 'main' };
  expect(verify({ ...push, 'x-hub-signature-256': `sha256=${hex()}` })).toEqual({ ...accepted, deliveryId: 'd1' });
  const gitea = { 'x-gitea-event': 'push', 'x-gitea-delivery': 'd2', 'x-gitea-signature': hex() };
  expect(verify(gitea, { provider: 'gitea' })).toEqual({ ...accepted, deliveryId: 'd2' });
  const forgejo = { ...gitea, 'x-forgejo-event': 'push', 'x-forgejo-signature': hex(), 'x-gitea-signature': 'other' };
  expect(verify(forgejo, { provider: 'forgejo' })).toMatchObject(accepted);
  const token = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': SECRET, 'x-gitlab-event-uuid': 'd3' };
  expect(verify(token, { provider: 'gitlab' })).toEqual({ ...accepted, deliveryId: 'd3' });
  expect(verify(signed(), whsec)).toEqual({ ...accepted, deliveryId: 'm1' });
  expect(verify({ 'x-holdfast-signature': `sha256=${hex()}` }, { provider: 'generic' })).toMatchObject(accepted);
  expect(verify({ 'x-hub-signature-256': `sha256=${hex()}` }, { provider: 'generic' })).toMatchObject(accepted);
  expect(verify({ authorization: `Bearer ${SECRET}` }, { provider: 'generic' })).toMatchObject(accepted);
});

describe('401', () => {
  const cases: readonly [string, Record<string, string | string[]>, (Partial<WebhookRequest> & { body?: string })?][] =
    [
      ['no signature', push],
      ['a wrong signature', { ...push, 'x-hub-signature-256': `sha256=${hex('other')}` }],
      ['another secret', { ...push, 'x-hub-signature-256': `sha256=${hex(BODY, 'x')}` }],
      [
        'a re-encoded body',
        { ...push, 'x-hub-signature-256': `sha256=${hex()}` },
        { body: JSON.stringify(JSON.parse(BODY)) },
      ],
      ['a short signature', { ...push, 'x-hub-signature-256': 'sha256=abcd' }],
      ['a long signature', { ...push, 'x-hub-signature-256': `sha256=${hex()}00` }],
      ['no hex', { ...push, 'x-hub-signature-256': `sha256=${'zz'.repeat(32)}` }],
      ['sha1', { ...push, 'x-hub-signature': `sha1=${hex()}` }],
      ['two headers', { ...push, 'x-hub-signature-256': [`sha256=${hex('a')}`, `sha256=${hex()}`] }],
      ['an empty configured secret', { ...push, 'x-hub-signature-256': `sha256=${hex(BODY, '')}` }, { secret: '' }],
      ['a wrong GitLab token', { 'x-gitlab-token': `${SECRET}x` }, { provider: 'gitlab' }],
      ['an old timestamp', signed(NOW / 1000 - 301), whsec],
      ['a timestamp ahead', signed(NOW / 1000 + 301), whsec],
      ['a moved timestamp', { ...signed(), 'webhook-timestamp': String(NOW / 1000 + 1) }, whsec],
      ['the token where signed webhooks are configured', { 'x-gitlab-token': whsec.secret }, whsec],
      [
        'two ways at once',
        { authorization: `Bearer ${SECRET}`, 'x-holdfast-signature': `sha256=${hex()}` },
        { provider: 'generic' },
      ],
      ['a wrong bearer', { authorization: 'Bearer x' }, { provider: 'generic' }],
      ['broken JSON under a wrong signature', { ...push, 'x-hub-signature-256': `sha256=${hex()}` }, { body: '{' }],
    ];
  test.each(cases)('%s', (_name, headers, more) => {
    const verdict = verify(headers, more);
    expect(verdict).toMatchObject({ ok: false, status: 401 });
    expect(JSON.stringify(verdict)).not.toContain(SECRET);
  });
});

test.each([
  '[]',
  '"x"',
  'null',
  '1',
  '{',
  '',
  '\ufeff',
  '{"ref": 1}',
  '{}',
  '{"ref": null}',
  '{"foo": {"ref": "refs/heads/main"}}',
])('a rightly signed %s is a 400', (body) => {
  expect(verify({ ...push, 'x-hub-signature-256': `sha256=${hex(body)}` }, { body })).toMatchObject({
    ok: false,
    status: 400,
  });
});

test('what is no push to a branch is acknowledged and left alone', () => {
  const say = (event: string, body: string) =>
    verify({ 'x-github-event': event, 'x-hub-signature-256': `sha256=${hex(body)}` }, { body });
  expect(say('ping', '{"zen": "x"}')).toMatchObject({ ok: true, event: 'ping' });
  expect(say('issues', '{}')).toMatchObject({ ok: true, event: 'other' });
  expect(say('push', '{"ref": "refs/tags/v1"}')).toMatchObject({ ok: true, event: 'other' });
  expect(say('push', '{"ref": "refs/heads/a/b"}')).toMatchObject({ ok: true, event: 'push', branchHint: 'a/b' });
});

test('the form encoding that GitHub uses by default is understood, and signed as it was sent', () => {
  const body = `payload=${encodeURIComponent(BODY)}`;
  const headers = {
    ...push,
    'content-type': 'application/x-www-form-urlencoded',
    'x-hub-signature-256': `sha256=${hex(body)}`,
  };
  expect(verify(headers, { body })).toMatchObject({ ok: true, branchHint: 'main' });
});

test('Gitea is told from GitHub although it sends GitHub headers', () => {
  expect(detectProvider({ 'x-github-event': ['push'], 'x-gitea-event': ['push'] })).toBe('gitea');
  expect(detectProvider({ 'x-github-event': ['push'], 'x-forgejo-event': ['push'] })).toBe('gitea');
  expect(detectProvider({ 'x-github-event': ['push'] })).toBe('github');
  expect(detectProvider({ 'x-gitlab-event': ['Push Hook'] })).toBe('gitlab');
  expect(detectProvider({})).toBe('generic');
});

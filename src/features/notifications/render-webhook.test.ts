import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { AT, failed, ready, TYPICAL } from '../../../test/support/notification-bodies.ts';
import { renderText } from './render-text.ts';
import { renderWebhook } from './render-webhook.ts';
import { sampleBodies } from './sample-bodies.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');

test('the body is the one of the contract', async () => {
  const { body } = renderWebhook({ id: '01kafz', body: ready(TYPICAL) }, AT + 1500, null);
  const text = `${JSON.stringify(JSON.parse(body), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../test/fixtures/notifications/webhook-plan-ready.json');
});

test('a sample of every event looks as agreed', async () => {
  const bodies = sampleBodies(AT, 'https://holdfast.example.com/').map((body) =>
    JSON.parse(renderWebhook({ id: '01kafz', body }, AT, null).body),
  );
  const text = `${JSON.stringify(bodies, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../test/fixtures/notifications/webhook-samples.json');
});

test('a failed plan is told in plain text with its place', async () => {
  const golden = '../../../test/fixtures/notifications/text-plan-failed.txt';
  await expect(`${renderText(failed())}\n`).toMatchFileSnapshot(golden);
});

test('it is signed as Standard Webhooks say, over exactly what is sent', () => {
  const secret = `whsec_${KEY.toString('base64')}`;
  const { headers, body } = renderWebhook({ id: '01kafz', body: ready(TYPICAL) }, AT + 1500, secret);
  const expected = createHmac('sha256', KEY)
    .update(`01kafz.${AT / 1000 + 1}.${body}`)
    .digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  expect(headers['webhook-id']).toBe('01kafz');
  expect(headers['webhook-timestamp']).toBe(`${AT / 1000 + 1}`);
});

test('without a key id and time are sent alone', () => {
  const { headers } = renderWebhook({ id: '01kafz', body: ready(TYPICAL) }, AT, null);
  expect(Object.keys(headers).sort()).toEqual(['content-type', 'webhook-id', 'webhook-timestamp']);
});

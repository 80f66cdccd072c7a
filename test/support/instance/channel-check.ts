import { createHmac } from 'node:crypto';
import type { Received } from '../channel-server.ts';

/** What the `webhook` channel's body says. */
export interface WebhookBody {
  readonly type: string;
  readonly id: string;
  readonly at: string;
  readonly repository: string | null;
  readonly stack: string | null;
  readonly run: string | null;
  readonly summary: Readonly<Record<string, number>> | null;
  readonly url: string;
  readonly text: string;
}

/** Signing key of the tests' webhook channel, in the form of Standard Webhooks. */
export const CHANNEL_KEY = `whsec_${Buffer.from('a key of the channel of the tests').toString('base64')}`;

/** Reads a request as any receiver of Standard Webhooks would; throws where its signature or its id does not fit. */
export function readSigned({ headers, text }: Received): WebhookBody {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) throw new Error(`webhook-timestamp is ${timestamp}`);
  const key = Buffer.from(CHANNEL_KEY.slice('whsec_'.length), 'base64');
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64')}`;
  if (headers['webhook-signature'] !== expected) throw new Error(`the signature does not fit: ${text}`);
  const body = JSON.parse(text) as WebhookBody;
  if (body.id !== id) throw new Error(`webhook-id is ${id}, the body says ${body.id}`);
  return body;
}

import { createHmac } from 'node:crypto';
import { toRfc3339 } from '../../kernel/clock.ts';
import type { Notification } from './notification.ts';
import { renderText } from './render-text.ts';

/** One HTTP request of a channel, but for its address. */
export interface ChannelRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** A `webhook` channel's request, as the contract says: Standard Webhooks headers, signed where there is a key. Pure. */
export function renderWebhook(notification: Notification, sentAt: number, secret: string | null): ChannelRequest {
  const { id, body } = notification;
  const text = JSON.stringify({
    type: body.event,
    id,
    at: toRfc3339(body.at),
    repository: body.repository,
    stack: body.stack,
    run: body.run?.id ?? null,
    summary: body.report?.totals ?? body.run?.summary ?? null,
    url: body.url,
    text: renderText(body),
  });
  const timestamp = `${Math.floor(sentAt / 1000)}`;
  return {
    body: text,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(secret === null ? {} : { 'webhook-signature': sign(secret, `${id}.${timestamp}.${text}`) }),
    },
  };
}

/** `v1,` and the base64 HMAC-SHA256. A `whsec_…` key is base64 after its prefix; any other is taken as its bytes. */
function sign(secret: string, content: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

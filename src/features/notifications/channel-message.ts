import type { Group } from './group-news.ts';
import type { Channel } from './notification.ts';
import type { Batch } from './plan-deliveries.ts';
import { renderDiscord } from './render-discord.ts';
import { renderGoogleChat } from './render-google-chat.ts';
import { renderMattermost } from './render-mattermost.ts';
import { renderSlack } from './render-slack.ts';
import { renderSlackGroup } from './render-slack-group.ts';
import { renderTeams } from './render-teams.ts';
import { type ChannelRequest, renderWebhook } from './render-webhook.ts';

/** What is posted for a batch. A `webhook` gets one notification at a time (it never groups). Pure. */
export function channelMessage(channel: Channel, batch: Batch, sentAt: number): ChannelRequest {
  const [first, ...others] = batch;
  if (channel.type === 'webhook') {
    return renderWebhook({ id: first.row.id, body: first.body }, sentAt, channel.secret?.reveal() ?? null);
  }
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', 'webhook-id': first.row.id },
    body: JSON.stringify(RENDERERS[channel.type]([first.body, ...others.map(({ body }) => body)])),
  };
}

const RENDERERS: Readonly<Record<Exclude<Channel['type'], 'webhook'>, (bodies: Group) => object>> = {
  slack: (bodies) => (bodies.length === 1 ? renderSlack(bodies[0]) : renderSlackGroup(bodies)),
  teams: renderTeams,
  discord: renderDiscord,
  mattermost: renderMattermost,
  google_chat: renderGoogleChat,
};

/** A text without the channel's address or any part of it that could be its secret. Pure. */
export function withoutAddress(text: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  const parts =
    url === null ? [] : [url.username, url.password, ...url.pathname.split('/'), ...url.searchParams.values()];
  const secrets = [address, url?.href ?? '', ...parts.flatMap((part) => [part, decode(part)])];
  return secrets
    .filter((secret) => secret.length >= 5)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '(hidden)'), text);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

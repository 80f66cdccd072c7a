import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { channelMessage, withoutAddress } from './channel-message.ts';
import { type Answer, judgeAnswer, type Verdict } from './judge-answer.ts';
import type { Channel } from './notification.ts';
import type { Batch } from './plan-deliveries.ts';

/** Posts to a channel's address. Rejects where no answer came in time. */
export type Post = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}) => Promise<Answer>;

const TIMEOUT_MS = 10_000;

/** How often services take a message of one address: Slack and Google Chat once a second, Teams four times, Discord five times in two. */
export const GAP_MS: Readonly<Record<Channel['type'], number>> = {
  slack: 1_000,
  google_chat: 1_000,
  discord: 400,
  teams: 250,
  mattermost: 0,
  webhook: 0,
};

/** Sends one message and says what the answer means; never throws, and never tells the channel's address. */
export async function postToChannel(
  channel: Channel,
  batch: Batch,
  { post, clock }: { readonly post: Post; readonly clock: Clock },
): Promise<Verdict> {
  const address = channel.url.reveal();
  try {
    const message = channelMessage(channel, batch, clock.now());
    const answer = await post({ url: address, ...message, timeoutMs: TIMEOUT_MS });
    const verdict = judgeAnswer(channel.type, answer, clock.now());
    return verdict.kind === 'delivered' ? verdict : { ...verdict, error: withoutAddress(verdict.error, address) };
  } catch (error) {
    return { kind: 'away', error: withoutAddress(messageOf(error), address), retryAfterMs: null };
  }
}

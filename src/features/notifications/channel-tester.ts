import { type Clock, sleep } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { Channel, NotificationBody, NotificationEvent } from './notification.ts';
import type { NotificationRow } from './notification-store.ts';
import { GAP_MS, type Post, postToChannel } from './post-to-channel.ts';
import { sampleBodies } from './sample-bodies.ts';

export interface ChannelTesterDeps {
  readonly channels: readonly Channel[];
  readonly post: Post;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the samples link to. */
  readonly homeUrl: () => string;
}

/** What became of a sample. */
export interface SampleResult {
  readonly event: NotificationEvent;
  readonly delivered: boolean;
  readonly error: string | null;
}

/** Sends a channel one sample of each event, at once and each once: it shows that the channel works, and how it looks. */
export class ChannelTester {
  readonly #deps: ChannelTesterDeps;
  readonly #busy = new Set<string>();

  constructor(deps: ChannelTesterDeps) {
    this.#deps = deps;
  }

  /** Ends early where nothing answers: the other samples would fare the same. Throws `not_found`; `conflict` while another test runs. */
  async test(name: string): Promise<SampleResult[]> {
    const { channels, clock, homeUrl } = this.#deps;
    const channel = channels.find((one) => one.name === name) ?? unknown(name, channels);
    if (this.#busy.has(name)) throw busy(name);
    this.#busy.add(name);
    try {
      const results: SampleResult[] = [];
      for (const body of sampleBodies(clock.now(), homeUrl())) {
        if (results.length > 0) await sleep(clock, GAP_MS[channel.type]);
        const verdict = await postToChannel(channel, [{ row: this.#row(name, body), body }], this.#deps);
        const error = verdict.kind === 'delivered' ? null : verdict.error;
        results.push({ event: body.event, delivered: error === null, error });
        if (verdict.kind === 'away') break;
      }
      return results;
    } finally {
      this.#busy.delete(name);
    }
  }

  #row(channel: string, body: NotificationBody): NotificationRow {
    const { clock, random } = this.#deps;
    return {
      ...{ id: newId(clock, random, 10), sequence: 0, channel, event: body.event },
      ...{ repository: body.repository, stack: body.stack, run: null, body: '' },
      ...{ status: 'pending', attempts: 0, next_attempt_at: body.at, last_error: null },
      ...{ created_at: body.at, delivered_at: null },
    };
  }
}

function unknown(name: string, channels: readonly Channel[]): never {
  const known = channels.map((channel) => channel.name).join(', ');
  const wayOut = known === '' ? 'server.yaml has no `channels`' : `there are: ${known}`;
  throw new HoldfastError('not_found', `there is no channel "${name}"`, { treatment: { kind: 'human', wayOut } });
}

function busy(name: string): HoldfastError {
  const wayOut = 'wait for it to end';
  return new HoldfastError('conflict', `a test of channel "${name}" is running`, {
    treatment: { kind: 'human', wayOut },
  });
}

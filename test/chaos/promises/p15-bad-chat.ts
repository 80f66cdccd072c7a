import { ChannelDelivery } from '../../../src/features/notifications/channel-delivery.ts';
import type { Channel } from '../../../src/features/notifications/index.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { systemRandom } from '../../../src/kernel/random.ts';
import { AT } from '../../support/notification-bodies.ts';
import { channelTo, type NotificationRig, openNotificationRig } from '../../support/notification-rig.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';

const HOUR = 3_600_000;
const STACKS = 6;
/** However long it was away, it is tried again after ten minutes at most; a few messages more wait for their turn. */
const CAUGHT_UP_MS = 15 * 60_000;
const TYPES: readonly Channel['type'][] = ['slack', 'teams', 'discord', 'mattermost', 'google_chat', 'webhook'];
const OK = { status: 200, retryAfter: null, text: 'ok' };

/** An hour of a chat service that says 429 or 500, hangs, or takes a message and does not say so; on a clock that jumps. */
export const badChat: ChaosPromise = {
  id: 'P15',
  title: 'A bad chat service loses no notice, doubles none that it answered, and mixes up no stack',
  unit: 'hours',
  defaultCount: 60,
  quickCount: 3,
  atOnce: 1,
  patienceMs: 120_000,
  open: async () => ({ run: anHour }),
};

async function anHour(schedule: Schedule): Promise<Verdict> {
  const rig = await openNotificationRig();
  try {
    return await deliverAll(rig, schedule);
  } finally {
    await rig.close();
  }
}

async function deliverAll(rig: NotificationRig, { next, signal }: Schedule): Promise<Verdict> {
  const pick = (count: number) => Math.floor(next() * count);
  const type = TYPES[pick(TYPES.length)] ?? 'webhook';
  const stacks = new Map<string, string>();
  const count = 20 + pick(60);
  const times = Array.from({ length: count }, () => AT + pick(HOUR * 1.1)).sort((a, b) => a - b);
  for (const [nth, at] of times.entries()) {
    const stack = `s${pick(STACKS)}`;
    stacks.set(`n${nth}`, stack);
    await rig.put(`n${nth}`, 'ops', { stack, created_at: at, next_attempt_at: at });
  }
  const taken: string[] = [];
  const unanswered: string[] = [];
  const post = async ({ headers }: { headers: Readonly<Record<string, string>> }) => {
    const id = headers['webhook-id'] ?? '';
    const fault = rig.clock.now() < AT + HOUR ? next() : 1;
    if (fault < 0.3) return { status: 429, retryAfter: `${pick(120)}`, text: '' };
    if (fault < 0.6) return { status: 500, retryAfter: null, text: 'broken' };
    if (fault < 0.8) {
      rig.clock.advance(10_000);
      throw new Error('no answer within 10 s');
    }
    taken.push(id);
    if (fault >= 0.85) return OK;
    unanswered.push(id);
    throw new Error('the connection was closed');
  };
  const channel = channelTo('ops', type, 'http://127.0.0.1:9/', { group: false });
  const deps = { store: rig.store, post, clock: rig.clock, random: systemRandom, logger: silentLogger };
  const delivery = new ChannelDelivery(channel, deps);
  for (let looks = 0; !signal.aborted && looks < 100_000; looks++) {
    const at = await delivery.runOnce(signal);
    if (at === null) break;
    rig.clock.advance(Math.max(0, at - rig.clock.now()));
  }
  const evidence = JSON.stringify({ type, count, taken, unanswered });
  const why = fault({ taken, unanswered, stacks }) ?? (await notDelivered(rig, stacks)) ?? late(rig.clock.now(), times);
  return why === null ? { held: true, kind: type } : { held: false, kind: type, why, evidence };
}

interface Told {
  readonly taken: readonly string[];
  readonly unanswered: readonly string[];
  readonly stacks: ReadonlyMap<string, string>;
}

function fault({ taken, unanswered, stacks }: Told): string | null {
  const times = (ids: readonly string[], id: string) => ids.filter((one) => one === id).length;
  for (const id of stacks.keys()) {
    if (times(taken, id) === 0) return `${id} was never taken`;
    if (times(taken, id) > 1 + times(unanswered, id)) return `${id} was told again although it was answered`;
  }
  for (const stack of new Set(stacks.values())) {
    const firsts = [...new Set(taken)].filter((id) => stacks.get(id) === stack);
    const wanted = [...stacks.keys()].filter((id) => stacks.get(id) === stack);
    if (firsts.join() !== wanted.join()) return `${stack} was told in the order ${firsts.join(', ')}`;
  }
  return null;
}

async function notDelivered(rig: NotificationRig, stacks: ReadonlyMap<string, string>): Promise<string | null> {
  for (const id of stacks.keys()) {
    const { status } = await rig.row(id);
    if (status !== 'delivered') return `${id} is ${status}`;
  }
  return null;
}

function late(now: number, times: readonly number[]): string | null {
  const last = Math.max(AT + HOUR, times.at(-1) ?? 0);
  return now > last + CAUGHT_UP_MS
    ? `all was told only ${Math.round((now - last) / 1000)} s after it was well again`
    : null;
}

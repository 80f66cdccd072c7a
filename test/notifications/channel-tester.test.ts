import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Channel, ChannelTester, NOTIFICATION_EVENTS } from '../../src/features/notifications/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { post } from '../../src/platform/http/post.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';

let server: ChannelServer;
beforeEach(async () => {
  server = await startChannelServer();
});
afterEach(() => server.close());

function testerOf(type: Channel['type']) {
  const channel: Channel = {
    ...{ name: 'ops', type, url: { reveal: () => `${server.url}/services/secret-path` }, secret: null },
    ...{ events: ['plan.ready'], group: true, covers: () => false },
  };
  const homeUrl = () => 'https://holdfast.example.com/';
  return new ChannelTester({ channels: [channel], post, clock: systemClock, random: systemRandom, homeUrl });
}

test.each(['mattermost', 'webhook'] as const)('a %s channel gets one sample of each event', async (type) => {
  const results = await testerOf(type).test('ops');
  expect(results).toEqual(NOTIFICATION_EVENTS.map((event) => ({ event, delivered: true, error: null })));
  expect(server.received).toHaveLength(NOTIFICATION_EVENTS.length);
  expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(NOTIFICATION_EVENTS.length);
  for (const { text } of server.received) expect(text).toMatch(/sample/);
});

test('what the channel said is told, without its address, and one that is away is not asked again', async () => {
  server.script.push({ status: 400, text: 'no /services/secret-path here' }, { status: 503 });
  const results = await testerOf('mattermost').test('ops');
  expect(results).toEqual([
    { event: 'plan.ready', delivered: false, error: 'HTTP 400: no /(hidden)/(hidden) here' },
    { event: 'plan.failed', delivered: false, error: 'HTTP 503' },
  ]);
});

test('a channel that is not there, or under test, is refused with the way out', async () => {
  const tester = testerOf('mattermost');
  await expect(tester.test('dev')).rejects.toMatchObject({
    code: 'not_found',
    treatment: { wayOut: 'there are: ops' },
  });
  server.script.push('hang');
  const first = tester.test('ops');
  await server.got(1);
  await expect(tester.test('ops')).rejects.toMatchObject({ code: 'conflict' });
  await server.close();
  expect((await first).map(({ delivered }) => delivered)).toEqual([false]);
});

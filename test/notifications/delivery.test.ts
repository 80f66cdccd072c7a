import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { viewNotifications } from '../../src/features/notifications/index.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { AT } from '../support/notification-bodies.ts';
import { channelTo, type NotificationRig, openNotificationRig } from '../support/notification-rig.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 60_000;
let rig: NotificationRig;
let server: ChannelServer;

beforeEach(async () => {
  rig = await openNotificationRig();
  server = await startChannelServer();
});
afterEach(async () => {
  await server.close();
  await rig.close();
});

const ids = () => server.received.map(({ headers }) => headers['webhook-id']);

test('an error is tried again with the same id, and a stack is told in order', { timeout: TIMEOUT }, async () => {
  await rig.put('n1', 'hook');
  await rig.put('n2', 'hook');
  server.script.push({ status: 500, text: 'broken' });
  const delivery = rig.deliver([channelTo('hook', 'webhook', server.url)]);
  await delivery.start();
  await server.got(3);
  await until(async () => ((await rig.row('n2')).status === 'delivered' ? true : null));
  await delivery.stop();
  expect(ids()).toEqual(['n1', 'n1', 'n2']);
  expect(server.received[1]?.text).toBe(server.received[0]?.text);
  expect(await rig.row('n1')).toMatchObject({ status: 'delivered', attempts: 2, last_error: null });
});

test('Retry-After is honoured', { timeout: TIMEOUT }, async () => {
  await rig.put('n1', 'hook');
  server.script.push({ status: 429, headers: { 'retry-after': '90' } });
  await rig.deliver([channelTo('hook', 'webhook', server.url)]).runOnce();
  expect(await rig.row('n1')).toMatchObject({ next_attempt_at: AT + 90_000, last_error: 'HTTP 429', attempts: 1 });
});

test('a channel that hangs delays no other, and is tried again', { timeout: TIMEOUT }, async () => {
  const other = await startChannelServer();
  await rig.put('n1', 'dead');
  await rig.put('n2', 'well');
  server.script.push('hang');
  const delivery = rig.deliver([channelTo('dead', 'slack', server.url), channelTo('well', 'slack', other.url)], 1_500);
  await delivery.start();
  await other.got(1);
  await server.got(1);
  expect((await rig.row('n1')).attempts).toBe(0);
  await server.got(2);
  await until(async () => ((await rig.row('n1')).status === 'delivered' ? true : null));
  await delivery.stop();
  await other.close();
});

test('one stack that is rejected holds up only itself, is given up after eight tries, and is visible', {
  timeout: TIMEOUT,
}, async () => {
  await rig.put('bad', 'ops', { stack: 'a' });
  await rig.put('behind', 'ops', { stack: 'a' });
  await rig.put('other', 'ops', { stack: 'b' });
  server.script.push({ status: 200, text: 'invalid_blocks' });
  server.script.push({ status: 200, text: 'ok' });
  for (let i = 0; i < 7; i++) server.script.push({ status: 400, text: 'invalid_blocks' });
  const delivery = rig.deliver([channelTo('ops', 'slack', server.url, { group: false })]);
  await delivery.start();
  await until(async () => ((await rig.row('behind')).status === 'delivered' ? true : null));
  await delivery.stop();
  expect(ids()).toEqual(['bad', 'other', ...Array(7).fill('bad'), 'behind']);
  const { notifications } = await viewNotifications(rig.store, { limit: 10, cursor: null });
  expect(notifications.find(({ id }) => id === 'bad')).toMatchObject({
    status: 'failed',
    attempts: 8,
    last_error: 'HTTP 400: invalid_blocks (given up after 8 tries)',
  });
  expect(await rig.store.broken(0)).toMatchObject([{ channel: 'ops', failed: 1, pending: 0 }]);
  expect(await rig.store.countByStatus()).toEqual({ pending: 0, delivered: 2, failed: 1 });
});

test('the address of a channel is in no error and no log', { timeout: TIMEOUT }, async () => {
  const url = `${server.url.replace('//', '//user:hunter22@')}/services/T0SECRET/B0SECRET?key=topsecret`;
  await rig.put('n1', 'ops');
  server.script.push({ status: 403, text: `no ${url} /services/T0SECRET/B0SECRET topsecret hunter22` });
  await rig.deliver([channelTo('ops', 'slack', url)]).runOnce();
  rig.clock.advance(60_000);
  await rig.deliver([channelTo('ops', 'slack', 'http://127.0.0.1:1/services/T0SECRET')]).runOnce();
  const said = `${JSON.stringify(await rig.row('n1'))} ${rig.logged.join(' ')}`;
  expect(said).not.toMatch(/SECRET|topsecret|hunter22/u);
  expect(server.received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:hunter22').toString('base64')}`);
  expect((await rig.row('n1')).attempts).toBe(2);
});

test('a redirect is not followed', { timeout: TIMEOUT }, async () => {
  const other = await startChannelServer();
  await rig.put('n1', 'hook');
  server.script.push({ status: 307, headers: { location: other.url } });
  await rig.deliver([channelTo('hook', 'webhook', server.url)]).runOnce();
  expect((await rig.row('n1')).last_error).toContain('redirects are not followed');
  expect(other.received).toEqual([]);
  await other.close();
});

test('stacks of one push are one Slack message, and one webhook each', { timeout: TIMEOUT }, async () => {
  for (const stack of ['a', 'b', 'c']) {
    await rig.put(`s-${stack}`, 'ops', { stack });
    await rig.put(`w-${stack}`, 'hook', { stack });
  }
  const channels = [channelTo('ops', 'slack', `${server.url}/s`), channelTo('hook', 'webhook', `${server.url}/w`)];
  await rig.deliver(channels).runOnce();
  const slack = server.received.filter(({ path }) => path === '/s');
  expect(slack).toHaveLength(1);
  expect(slack[0]?.json.text).toBe('🟡 3 plans of infra: +3 ~3 -3 ±3, want approval: a, b, c');
  expect(server.received.filter(({ path }) => path === '/w')).toHaveLength(3);
  for (const stack of ['a', 'b', 'c']) expect((await rig.row(`s-${stack}`)).status).toBe('delivered');
});

test('Slack gets at most one message a second', { timeout: TIMEOUT }, async () => {
  for (const stack of ['a', 'b', 'c']) await rig.put(stack, 'ops', { stack });
  await rig.deliver([channelTo('ops', 'slack', server.url, { group: false })]).runOnce();
  expect(server.received).toHaveLength(3);
  expect(rig.clock.now()).toBeGreaterThanOrEqual(AT + 2_000);
});

test('killed between sending and noting it: it comes again with the same id', { timeout: TIMEOUT }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hf-notify-'));
  const first = await openNotificationRig(join(dir, 'a.db'));
  await first.put('n1', 'hook');
  await first.put('n2', 'hook');
  const channels = [channelTo('hook', 'webhook', server.url)];
  first.store.markDelivered = () => Promise.reject(new Error('killed'));
  await first.deliver(channels).runOnce();
  await first.close();
  const second = await openNotificationRig(join(dir, 'a.db'));
  const delivery = second.deliver(channels);
  await delivery.start();
  await server.got(3);
  await until(async () => ((await second.row('n2')).status === 'delivered' ? true : null));
  await delivery.stop();
  expect(ids()).toEqual(['n1', 'n1', 'n2']);
  await second.close();
  await rm(dir, { recursive: true, force: true });
});

test('what waits for a channel that is no longer configured is given up and said', { timeout: TIMEOUT }, async () => {
  await rig.put('n1', 'gone');
  const delivery = rig.deliver([channelTo('ops', 'slack', server.url)]);
  await delivery.start();
  await delivery.stop();
  expect(await rig.row('n1')).toMatchObject({
    status: 'failed',
    last_error: 'its channel is no longer in server.yaml',
  });
});

test('a channel that was away for days keeps nothing for ever', { timeout: TIMEOUT }, async () => {
  for (let i = 0; i < 20; i++) await rig.put(`n${i}`, 'hook', { stack: `s${i}` });
  rig.clock.advance(4 * 86_400_000);
  for (let i = 0; i < 20; i++) server.script.push({ status: 503 });
  await rig.deliver([channelTo('hook', 'webhook', server.url)]).runOnce();
  expect(await rig.store.countByStatus()).toMatchObject({ failed: 20, pending: 0 });
  expect(server.received).toHaveLength(1);
});

test('the list is paged, newest first', { timeout: TIMEOUT }, async () => {
  for (let i = 0; i < 5; i++) await rig.put(`n${i}`, 'hook');
  const first = await viewNotifications(rig.store, { limit: 3, cursor: null });
  const second = await viewNotifications(rig.store, { limit: 3, cursor: first.next });
  expect([...first.notifications, ...second.notifications].map(({ id }) => id)).toEqual(['n4', 'n3', 'n2', 'n1', 'n0']);
  expect(second.next).toBeNull();
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AT, applying, change, failed, projection, ready, TYPICAL } from '../../../test/support/notification-bodies.ts';
import { cleanText, codePoints } from './clean-text.ts';
import type { DriftSnapshot } from './drift-snapshot.ts';
import type { Group } from './group-news.ts';
import { NOTIFICATION_EVENTS, type NotificationBody } from './notification.ts';
import { renderDiscord } from './render-discord.ts';
import { renderGoogleChat } from './render-google-chat.ts';
import { renderMattermost } from './render-mattermost.ts';
import { renderTeams } from './render-teams.ts';
import { sampleBodies } from './sample-bodies.ts';

const GOLDEN = '../../../test/fixtures/notifications';
const RENDERERS = {
  discord: renderDiscord,
  mattermost: renderMattermost,
  google_chat: renderGoogleChat,
  teams: renderTeams,
} as const;
const SERVICES = Object.keys(RENDERERS) as (keyof typeof RENDERERS)[];
const drifted: DriftSnapshot = {
  resources: [
    {
      address: 'local_file.motd',
      type: 'local_file',
      action: 'update',
      state: 'new',
      attributes: [{ path: 'content', before: 'hello', after: 'bye' }],
      more_attributes: 0,
      first_seen: AT,
    },
  ],
  more: 0,
  open: 1,
  cleared: 0,
  first_seen: AT,
  error: null,
  checked_at: AT,
};
const drift: NotificationBody = { ...ready(TYPICAL), event: 'drift.found', plan: null, approval: null, drift: drifted };
const notice: NotificationBody = {
  ...{ event: 'instance.notice', at: AT, repository: null, stack: null, run: null, plan: null, url: null },
  notice: { title: 'checks pause', sentences: ['Too many failed.'] },
};
const GROUP: Group = [ready(TYPICAL, {}, 'app'), ready(TYPICAL, {}, 'dns')];

describe.each(SERVICES)('%s', (service) => {
  const render = RENDERERS[service];

  test('a sample of every event looks as agreed', async () => {
    const messages = sampleBodies(AT, 'https://holdfast.example.com/').map((body) => render([body]));
    expect(messages).toHaveLength(NOTIFICATION_EVENTS.length);
    for (const message of messages) expectWithin(service, message);
    const text = `${JSON.stringify(messages, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`${GOLDEN}/${service}-samples.json`);
  });

  test.each([
    ['plan-ready', [ready(TYPICAL)]],
    ['plan-failed', [failed()]],
    [
      'apply-failed',
      [applying('apply.failed', { end: 'partial_saved', done: 1, planned: 4, next_step: 'plan first' })],
    ],
    ['drift-found', [drift]],
    ['notice', [notice]],
    ['group-ready', GROUP],
    ['group-failed', [failed('app'), failed('dns')]],
  ] as [string, Group][])('%s looks as agreed', async (name, bodies) => {
    const text = `${JSON.stringify(render(bodies), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`${GOLDEN}/${service}-${name}.json`);
  });

  test('foreign text calls nobody, is no markup, and ends no fence', () => {
    const evil =
      '<!channel> @here <users/all> <@U1> https://evil.example ``` **x** [a](http://b) \u202etxt\u001b[31mred';
    const body = ready(projection([change(`aws_x["${evil}"]`, 'delete', [{ path: 'a', before: evil, after: evil }])]), {
      message: evil,
      author: evil,
    });
    const message = render([body]);
    const text = JSON.stringify(message);
    expect(cleanText(text)).toBe(text.replaceAll('\u2060', ''));
    // A card's runs are never markup.
    if (service === 'teams') expect(text).not.toContain('"type":"TextBlock"');
    else {
      expect(text).not.toMatch(/@here|@U1|<users\//);
      expect(text.split('```')).toHaveLength(3);
      expect(text.replace(/```.*```|`[^`]*`/gs, '')).not.toContain('https://evil');
    }
  });

  test('a plan of 20,000 changes stays within every limit, and names what it destroys', () => {
    const changes = Array.from({ length: 20_000 }, (_, i) => change(`module.m${i % 40}.aws_eip.e${i}`, 'delete'));
    const message = render([ready(projection(changes))]);
    expectWithin(service, message);
    expect(JSON.stringify(message)).toContain('module.m0.aws_eip.e0');
    expect(JSON.stringify(message)).toContain('19995 more');
  });

  test('a push of 500 stacks is one message that says how many are left out', () => {
    const [first, ...others] = Array.from({ length: 500 }, (_, i) => ready(TYPICAL, {}, `team/stack-${i}`));
    if (!first) throw new Error('unreachable');
    const message = render([first, ...others]);
    expectWithin(service, message);
    expect(JSON.stringify(message)).toMatch(/and \d+ more lines/);
  });

  test('whatever stands in a run, the message stays within every limit', () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 4_000 });
    fc.assert(
      fc.property(
        nasty,
        nasty,
        fc.array(nasty, { maxLength: 60 }),
        fc.boolean(),
        (stack, text, addresses, isFailed) => {
          const changes = addresses.map((address) =>
            change(address, 'delete', [{ path: text, before: text, after: address }]),
          );
          const plan = projection(changes);
          const body = isFailed ? failed(stack) : ready(plan, { message: text, author: text, reason: text }, stack);
          const error = { summary: text, detail: text, file: stack, line: 1, address: text };
          const run = body.run && isFailed ? { ...body.run, error } : body.run;
          const whole = { ...body, run, repository: stack, url: text.startsWith('a') ? text : body.url };
          expectWithin(service, render([whole]));
          expectWithin(service, render([whole, whole, whole]));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The hard limits of each service, and that what is sent can be sent. */
function expectWithin(service: keyof typeof RENDERERS, message: object): void {
  expect(JSON.stringify(message).isWellFormed()).toBe(true);
  WITHIN[service](message);
}

const WITHIN: Readonly<Record<keyof typeof RENDERERS, (message: object) => void>> = {
  teams(message) {
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(20 * 1024);
  },
  google_chat(message) {
    expect(Buffer.byteLength((message as ReturnType<typeof renderGoogleChat>).text)).toBeLessThanOrEqual(28_000);
  },
  mattermost(message) {
    const [attachment] = (message as ReturnType<typeof renderMattermost>).attachments;
    const sum = Object.values(attachment).reduce((total, part) => total + codePoints(part), 0);
    expect(sum).toBeLessThanOrEqual(7_900);
  },
  discord(message) {
    const [embed] = (message as ReturnType<typeof renderDiscord>).embeds;
    const foot = embed.footer?.text ?? '';
    expect(codePoints(embed.title)).toBeGreaterThan(0);
    expect(codePoints(embed.title)).toBeLessThanOrEqual(256);
    expect(codePoints(embed.description)).toBeLessThanOrEqual(4_096);
    expect(codePoints(foot)).toBeLessThanOrEqual(2_048);
    expect(codePoints(embed.title + embed.description + foot)).toBeLessThanOrEqual(5_500);
  },
};

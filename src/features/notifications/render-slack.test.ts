import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AT, change, failed, projection, ready, snapshot, TYPICAL } from '../../../test/support/notification-bodies.ts';
import type { PlanAction } from '../../kernel/plan-outcome.ts';
import { codePoints } from './clean-text.ts';
import type { NotificationBody } from './notification.ts';
import { renderSlack, type SlackMessage } from './render-slack.ts';
import { renderSlackGroup } from './render-slack-group.ts';
import { sampleBodies } from './sample-bodies.ts';
import type { SlackBlock } from './slack-text.ts';

const GOLDEN = '../../../test/fixtures/notifications';
const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const textsOf = (block: SlackBlock) =>
  block.type === 'context' ? block.elements.map(({ text }) => text) : [block.text.text];
const allText = (message: SlackMessage) => message.blocks.flatMap(textsOf).join('\n');

test.each([
  ['plan-ready', ready(TYPICAL)],
  ['plan-ready-new-state', ready(projection([change('terraform_data.a', 'create')]), { new_state: true })],
  ['plan-ready-recovered', ready(projection([change('terraform_data.a', 'update')]), { recovered: true })],
  ['plan-failed', failed()],
  [
    'plan-recovered',
    {
      ...ready(projection([])),
      event: 'plan.recovered',
      run: snapshot({ recovered: true }),
      plan: null,
      approval: null,
    } as const,
  ],
] as [string, NotificationBody][])('%s looks as agreed', async (name, body) => {
  await expect(pretty(renderSlack(body))).toMatchFileSnapshot(`${GOLDEN}/slack-${name}.json`);
});

test('a sample of every event looks as agreed', async () => {
  const messages = sampleBodies(AT, 'https://holdfast.example.com/').map((body) => renderSlack(body));
  await expect(pretty(messages)).toMatchFileSnapshot(`${GOLDEN}/slack-samples.json`);
});

test('several stacks of one push look as agreed', async () => {
  const bodies = ['app', 'dns', 'network'].map((stack) => ready(TYPICAL, {}, stack));
  const [first, ...others] = bodies;
  if (!first) throw new Error('unreachable');
  await expect(pretty(renderSlackGroup([first, ...others]))).toMatchFileSnapshot(`${GOLDEN}/slack-group-ready.json`);
  const failures = renderSlackGroup([failed('app'), failed('dns')]);
  await expect(pretty(failures)).toMatchFileSnapshot(`${GOLDEN}/slack-group-failed.json`);
});

test('verb, stack and counts are in the first 60 characters, however long the stack is named', () => {
  const { text } = renderSlack(ready(TYPICAL, {}, `teams/platform/${'x'.repeat(100)}/network`));
  const start = [...text].slice(0, 60).join('');
  expect(start).toContain('plan teams/');
  expect(start).toContain('network: +1 ~1 -1 ±1');
});

test('the first five destroyed and replaced addresses are named, and how many more there are', () => {
  const changes = Array.from({ length: 200 }, (_, i) => change(`aws_eip.e${i}`, 'delete'));
  const text = allText(renderSlack(ready(projection(changes))));
  expect(text).toContain('*destroys* `aws_eip.e0`, `aws_eip.e1`, `aws_eip.e2`, `aws_eip.e3`, `aws_eip.e4`, 195 more');
});

test('foreign text calls nobody, links nowhere and ends no fence', () => {
  const evil = '<!channel> @here <https://evil|click> ``` *x* & \u202etxt\u001b[31mred\u001b[0m';
  const body = ready(projection([change(`aws_x["${evil}"]`, 'delete', [{ path: 'a', before: evil, after: evil }])]), {
    message: evil,
    author: evil,
  });
  const message = renderSlack({ ...body, stack: evil, repository: evil });
  const text = `${allText(message)}\n${message.text}`;
  expect(text).not.toMatch(/<!(?!date)/u);
  expect(text).not.toContain('@here');
  expect(text).not.toContain('<https://evil');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
  for (const part of message.blocks.slice(1).flatMap(textsOf)) expect(part.split('```').length % 2).toBe(1);
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom('<!channel>', '`'.repeat(300), '&'.repeat(3000), '\u202e', '<'.repeat(900), '', '\n'.repeat(500)),
);
const anyChange = fc.record({
  address: hostile,
  type: hostile,
  actions: fc.array(fc.constantFrom<PlanAction>('create', 'update', 'delete', 'replace', 'forget', 'move', 'read'), {
    minLength: 1,
    maxLength: 2,
  }),
  attributes: fc.array(fc.record({ path: hostile, before: fc.option(hostile), after: fc.option(hostile) }), {
    maxLength: 20,
  }),
});
const anyBody = fc
  .record({
    changes: fc.array(anyChange, { maxLength: 60 }),
    copies: fc.constantFrom(1, 1, 40),
    stack: hostile,
    author: fc.option(hostile),
    message: fc.option(hostile),
    url: fc.option(fc.oneof(hostile, fc.webUrl({ withQueryParameters: true }))),
    event: fc.constantFrom<NotificationBody['event']>(
      'plan.ready',
      'plan.failed',
      'plan.recovered',
      'apply.started',
      'apply.succeeded',
      'apply.failed',
      'apply.interrupted',
      'stack.blocked',
    ),
    detail: hostile,
  })
  .map(({ changes, copies, stack, author, message, url, event, detail }): NotificationBody => {
    const plan = projection(Array.from({ length: copies }, () => changes).flat());
    const error = { summary: detail, detail: detail.repeat(5).slice(0, 2000), file: stack, line: 3, address: stack };
    const body = { ...ready(plan, { author, message, error, summary: plan.summary }, stack), event, url, at: AT };
    const approval = { approvers: Array.from({ length: 5 }, () => detail), more_approvers: 3, expires_at: AT };
    if (event.startsWith('plan.')) return { ...body, approval };
    const orphans = Array.from({ length: 10 }, () => ({ address: stack, import: detail }));
    const ended = {
      end: 'orphans',
      done: 1,
      planned: 2,
      blocks: true,
      adoptions: 2,
      approved_by: author,
      orphans,
      orphan_count: 4000,
    };
    return { ...body, plan: null, approval: null, apply: { ...ended, next_step: message } };
  });

describe('whatever a run holds', () => {
  test('one message stays within every limit of Slack', () => {
    fc.assert(
      fc.property(anyBody, (body) => checkLimits(renderSlack(body))),
      { numRuns: 150 },
    );
  });

  test('a group stays within every limit of Slack', () => {
    fc.assert(
      fc.property(anyBody, fc.integer({ min: 1, max: 99 }), (body, others) =>
        checkLimits(renderSlackGroup([body, ...Array.from({ length: others }, () => body)])),
      ),
      { numRuns: 50 },
    );
  });
});

function checkLimits(message: SlackMessage): void {
  expect(message.blocks.length).toBeLessThanOrEqual(50);
  const limits = { header: 150, section: 3000, context: 3000 };
  let total = 0;
  for (const block of message.blocks) {
    for (const text of textsOf(block)) {
      const size = codePoints(text);
      total += size;
      expect(size).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(limits[block.type]);
      expect(text.isWellFormed()).toBe(true);
      expect(text.replace(/<!date\^[^>]*>/gu, '')).not.toContain('<!');
      if (block.type !== 'header') expect(text.split('```').length % 2).toBe(1);
    }
  }
  expect(total).toBeLessThan(12_500);
  expect(codePoints(message.text)).toBeLessThanOrEqual(3_000);
  expect(message.text).not.toMatch(/[<`]/u);
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext, CommandResult } from '../../cli/command.ts';
import { loadServerConfig } from '../../config/load-server-config.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/units.ts';
import { approveInDemo, readRun } from './demo-approval.ts';
import { type DemoChannel, openDemoChannel } from './demo-channel.ts';
import { changeBehindItsBack, checkDrift, reportText } from './demo-drift.ts';
import { createDemoRepository, type DemoRepository } from './demo-repository.ts';

const PATIENCE_MS = 120_000;

/** What the demo did, for `--json` and for the summary. */
interface DemoReport {
  address: string;
  config: string;
  repository: string;
  first_plan_ms: number;
  commit: string;
  /** The run that was approved, and how its apply ended. */
  applied: { run: string; status: string; end: string | null; ms: number };
  /** What was changed behind Holdfast's back, and the message that told of it. */
  drift: { address: string; from: string; to: string; ms: number };
  messages: string[];
}

/** `holdfast demo`: a throw-away repository, a real instance, a commit, its plan, its approval and apply, as the channel got it. */
export async function runDemo(context: CommandContext, options: { readonly once: boolean }): Promise<CommandResult> {
  const { deps } = context;
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const stop = new AbortController();
  const endSignals = deps.onStopSignal(() => stop.abort(new Error('stopped')));
  const channel = await openDemoChannel();
  try {
    const repository = await createDemoRepository(dir, deps.env);
    const config = await writeConfig(dir, repository, channel);
    const server = await deps.startServer({ mode: 'up', config, env: environmentOf(context) });
    try {
      stop.signal.throwIfAborted();
      const scene = { context, channel, repository, address: server.address, config };
      const report = await play(scene, stop.signal);
      if (options.once) return finalResult(report);
      context.output.result({ json: report, text: () => stayText(report) });
      await Promise.race([server.closed, aborted(stop.signal)]);
      return { exit: 0, json: undefined, text: () => '' };
    } finally {
      await server.stop();
    }
  } catch (error) {
    // Stopped on purpose is a good end of looking around, and none of a whole demo.
    if (stop.signal.aborted) return { exit: options.once ? 1 : 0, json: { stopped: true }, text: () => '' };
    throw error;
  } finally {
    endSignals();
    await channel.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Scene {
  readonly context: CommandContext;
  readonly channel: DemoChannel;
  readonly repository: DemoRepository;
  readonly address: string;
  readonly config: ServerConfig;
}

async function play(scene: Scene, stop: AbortSignal): Promise<DemoReport> {
  const { context, channel, repository } = scene;
  const { clock } = context.deps;
  const say = (line: string) => context.output.raw(`${line}\n`);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]);
  say(`A Holdfast is up at ${scene.address}, watching ${repository.path}.`);
  say('Three stacks and a module they share; their first plans are on the way.\n');
  await hear(channel, 0, signal);
  const first = Math.round(performance.now());
  say(`The channel got this ${formatDuration(first)} after the program started:\n`);
  say(framed(channel.messages[0] ?? ''));
  const since = await settle(scene, signal);
  say('\nNow somebody commits: a third zone for the network, and more room for the database.');
  await repository.commit({
    file: 'database/main.tf',
    edit: (text) => text.replace('default = 20', 'default = 50'),
    message: 'Give the database more room',
  });
  const started = clock.now();
  const commit = await repository.commit({
    file: 'network/zones.auto.tfvars',
    edit: (text) => text.replace('}', '  c = "10.0.3.0/24"\n}'),
    message: 'Add a third zone to the network',
  });
  await channel.next(since, (text) => text.includes('network'), signal);
  await channel.next(since, (text) => text.includes('database'), signal);
  say(`${formatDuration(clock.now() - started)} later the channel got:\n`);
  for (const message of channel.messages.slice(since)) say(`${framed(message)}\n`);
  const applied = await approve(scene, commit, signal);
  const drift = await drifting(scene, signal);
  return {
    address: scene.address,
    config: scene.config.configFile ?? '',
    repository: repository.path,
    first_plan_ms: first,
    commit,
    applied,
    drift,
    messages: [...channel.messages],
  };
}

/** Approves the network's plan as somebody with the right to it would, and waits for the end of its apply. */
async function approve(scene: Scene, commit: string, signal: AbortSignal): Promise<DemoReport['applied']> {
  const { context, channel, address, config } = scene;
  const { clock } = context.deps;
  const say = (line: string) => context.output.raw(`${line}\n`);
  const since = channel.messages.length;
  const approvedAt = clock.now();
  const instance = { deps: context.deps, address, dataDir: config.dataDir };
  const run = await approveInDemo(instance, { stack: 'network', commit });
  say('The network’s plan is what was wanted. What is approved is that very plan, nothing else:\n');
  say(`  $ holdfast approve ${run.id}\n`);
  const message = await channel.next(since, (text) => /(applied|apply failed) network/.test(text), signal);
  const ms = clock.now() - approvedAt;
  say(`${formatDuration(ms)} later it is applied, its state saved, and the channel got:\n`);
  say(framed(message));
  const { id, status, end } = await readRun(instance, run.id);
  if (status === 'applied') return { run: id, status, end, ms };
  throw new HoldfastError('engine', `the demo's apply ended ${status}`, {
    treatment: { kind: 'human', wayOut: 'see what is missing with: holdfast doctor' },
  });
}

/** Somebody changes what was applied; a check finds it, the channel hears of it, and the report has it. */
async function drifting(
  { context, channel, address, config }: Scene,
  signal: AbortSignal,
): Promise<DemoReport['drift']> {
  const { clock } = context.deps;
  const say = (line: string) => context.output.raw(`${line}\n`);
  const instance = { deps: context.deps, address, dataDir: config.dataDir };
  const since = channel.messages.length;
  const changed = await changeBehindItsBack(instance);
  say(`\nNow somebody changes ${changed.address} behind Holdfast's back: from ${changed.from} to ${changed.to}.`);
  say('(Nothing real is here to be changed: these stacks are made of terraform_data, whose only world is its state.');
  say('So this was a laptop with a token that locked the state, wrote another range into it, and unlocked it.)\n');
  say('Holdfast checks every applied stack once an hour by itself. The demo does not wait for that:\n');
  say('  $ holdfast drift network\n');
  const askedAt = clock.now();
  await checkDrift(instance);
  const message = await channel.next(since, (text) => /drift network/.test(text), signal);
  const ms = clock.now() - askedAt;
  say(`${formatDuration(ms)} later the channel got, once (the next check that finds the same says nothing):\n`);
  say(framed(message));
  say('\n  $ holdfast drift report\n');
  say((await reportText(instance)).replace(/^(?=.)/gm, '  '));
  return { ...changed, ms };
}

/** Waits until all three stacks were told of; answers how many messages there are by then. */
async function settle({ channel }: Scene, signal: AbortSignal): Promise<number> {
  for (const stack of ['network', 'database', 'app']) await channel.next(0, (text) => text.includes(stack), signal);
  return channel.messages.length;
}

async function hear(channel: DemoChannel, since: number, signal: AbortSignal): Promise<void> {
  try {
    await channel.next(since, () => true, signal);
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') throw error;
    throw new HoldfastError('engine', `no plan came within ${formatDuration(PATIENCE_MS)}`, {
      treatment: { kind: 'human', wayOut: 'see what is missing with: holdfast doctor' },
      cause: error,
    });
  }
}

async function writeConfig(dir: string, repository: DemoRepository, channel: DemoChannel) {
  const file = join(dir, 'server.yaml');
  const lines = [
    '# The configuration of this demo; it goes away with it.',
    'version: 1',
    'data_dir: ./data',
    'listen: 127.0.0.1:0',
    'repositories:',
    `  - {name: infrastructure, url: ${JSON.stringify(repository.path)}, branch: main, poll_interval: 1s}`,
    'channels:',
    `  - {name: demo, type: slack, url: ${JSON.stringify(channel.url)}}`,
    '',
  ];
  await writeFile(file, lines.join('\n'), { mode: 0o600 });
  const { config, problems } = loadServerConfig({ file, cwd: dir, env: {} });
  if (config) return config;
  throw new HoldfastError('internal', `the demo's own configuration is wrong: ${problems[0]?.message}`);
}

/** The environment without settings that were meant for a real instance. */
function environmentOf(context: CommandContext): Record<string, string | undefined> {
  const { env } = context.deps;
  const keep = Object.entries(env).filter(([name]) => !name.startsWith('HOLDFAST_') || name === 'HOLDFAST_LOG_LEVEL');
  return { HOLDFAST_LOG_LEVEL: 'warn', ...Object.fromEntries(keep) };
}

function framed(text: string): string {
  return text
    .split('\n')
    .map((line) => `  │ ${line}`)
    .join('\n');
}

function stayText(report: DemoReport): string {
  return [
    'It keeps running: look around from another terminal, Ctrl-C ends it and leaves nothing behind.',
    '',
    `  export HOLDFAST_CONFIG=${report.config}`,
    '  npx holdfast stacks',
    '  npx holdfast runs',
    '  npx holdfast run ID        # the plan, and why it was made',
    '  npx holdfast approve ID    # the database waits for you',
    '  npx holdfast plan network  # puts the drift right, when it is approved',
    '  npx holdfast drift report',
    '  npx holdfast state list network',
    `  git -C ${report.repository} log --oneline      # commit something there yourself`,
    '',
  ].join('\n');
}

function finalResult(report: DemoReport): CommandResult {
  const summary = [
    '',
    `Done: first plan after ${formatDuration(report.first_plan_ms)}, ${report.messages.length} messages in the channel.`,
    `The network's plan was approved and applied within ${formatDuration(report.applied.ms)}; the others wait for approval.`,
    `Its drift was found and told within ${formatDuration(report.drift.ms)}.`,
    'Nothing real was touched, and nothing is left behind.',
    '',
  ].join('\n');
  return { exit: 0, json: report, text: () => summary };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunListItem } from '../../src/api/contract.ts';
import { StateClient } from '../../test/support/state-client.ts';
import { until } from '../../test/support/until.ts';

const BIN = resolve(import.meta.dirname, '../../bin/holdfast.mjs');
const HOOK_SECRET = 'a secret that two sides know';
const PATIENCE_MS = 600_000;

/** server.yaml of a measured instance, but for what the instance itself decides. */
export type InstanceSettings = Readonly<Record<string, unknown>> & {
  readonly repositories: readonly Readonly<Record<string, unknown>>[];
};

/** `holdfast up` as anybody starts it, in a folder of its own. */
export class BenchInstance {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #token: string;
  /** Runs that have come to rest and were looked at. */
  #seen = 0;

  private constructor(child: ChildProcess, address: string, token: string) {
    this.#child = child;
    this.address = address;
    this.#token = token;
  }

  /** Starts it and waits until it is up, with its workers. */
  static async start(dir: string, settings: InstanceSettings): Promise<BenchInstance> {
    mkdirSync(dir, { recursive: true });
    // Drift checks would be runs that nobody asked for.
    const drift = { every: '7d' };
    const config = { version: 1, data_dir: './data', listen: '127.0.0.1:0', drift, ...settings };
    writeFileSync(join(dir, 'server.yaml'), JSON.stringify(config));
    const { PATH = '', HOLDFAST_BENCH_NODE_OPTIONS: options } = process.env;
    const env = { PATH, HOME: dir, HOLDFAST_LOG_LEVEL: 'warn', ...(options ? { NODE_OPTIONS: options } : {}) };
    const args = [BIN, 'up', '--json'];
    const log = openSync(join(dir, 'log'), 'w');
    const child = spawn(process.execPath, args, { cwd: dir, env, stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    let said = '';
    child.stdout?.on('data', (chunk) => (said += chunk));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`holdfast ended: ${readFileSync(join(dir, 'log'), 'utf8')}`);
      return said.endsWith('\n') || null;
    }, 60_000);
    const token = readFileSync(join(dir, 'data', 'admin.token'), 'utf8').trim();
    const instance = new BenchInstance(child, JSON.parse(said).address, token);
    await until(async () => (await instance.#get('/api/v1/workers')).workers.length > 0 || null, 60_000);
    return instance;
  }

  /** Pid of the control plane; its workers and its Redis are its children. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** A signed push webhook, as a forge sends it. */
  async hook(repository: string, commit: string): Promise<void> {
    const body = JSON.stringify({ ref: 'refs/heads/main', after: commit });
    const signature = createHmac('sha256', HOOK_SECRET).update(body).digest('hex');
    const headers = {
      'x-github-event': 'push',
      'x-github-delivery': commit,
      'x-hub-signature-256': `sha256=${signature}`,
    };
    const answer = await fetch(`${this.address}/webhooks/${repository}`, { method: 'POST', headers, body });
    if (answer.status !== 202) throw new Error(`the webhook was answered ${answer.status}: ${await answer.text()}`);
  }

  /** Asks for a drift check of every stack; answers the commit of one of them. */
  async checkDrift(): Promise<string> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.address}/api/v1/drift/checks`, { method: 'POST', headers, body: '{}' });
    const { runs } = (await answer.json()) as { runs: RunListItem[] };
    if (answer.status !== 201 || !runs[0]) throw new Error(`drift checks were answered ${answer.status}`);
    return runs[0].commit;
  }

  /** Waits until `count` runs of the newest commit have come to rest; looks seldom, for looking costs what is measured. */
  async settled(commit: string, count: number, everyMs = 400): Promise<RunListItem[]> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isResting(await this.#text('/metrics'), this.#seen + count)) {
      if (performance.now() > deadline) throw new Error(`the runs of ${commit} did not come to rest`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    this.#seen += count;
    const runs = (await this.runs(count)).filter((run) => run.commit === commit);
    if (runs.length === count) return runs;
    throw new Error(`${runs.length} runs of ${commit} instead of ${count}`);
  }

  /** The newest `count` runs. */
  async runs(count: number): Promise<RunListItem[]> {
    const all: RunListItem[] = [];
    for (let cursor = ''; all.length < count; ) {
      const page = await this.#get(`/api/v1/runs?limit=${Math.min(500, count - all.length)}${cursor}`);
      all.push(...page.runs);
      if (page.next === null) break;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
    return all;
  }

  /** Waits until so many repositories have been looked at. */
  async watching(count: number): Promise<void> {
    const isSeen = ({ head_commit }: { head_commit: string | null }) => head_commit !== null;
    const seen = async () => (await this.#get('/api/v1/repositories?limit=500')).repositories.filter(isSeen).length;
    await until(async () => (await seen()) === count || null, PATIENCE_MS);
  }

  /** Stores a state, as `terraform state push` would. */
  async pushState(stack: string, state: string): Promise<void> {
    const client = new StateClient(this.address, stack, this.#token);
    await client.lock('bench');
    const { status, text } = await client.post('bench', state);
    await client.unlock('bench');
    if (status !== 200) throw new Error(`the state of ${stack} was answered ${status}: ${text}`);
  }

  /** Drains it and waits for its end. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }

  async #get(path: string) {
    return JSON.parse(await this.#text(path));
  }

  async #text(path: string): Promise<string> {
    const answer = await fetch(`${this.address}${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.text();
  }
}

/** A watched repository that is looked at when a webhook says so. */
export function hookedRepository(name: string, url: string): Readonly<Record<string, unknown>> {
  return { name, url, poll_interval: '1d', webhook: { provider: 'github', secret: HOOK_SECRET } };
}

/** When a run's result was recorded, in ms since the epoch. */
export function recordedAt(run: RunListItem): number {
  if (run.finished_at !== null) return Date.parse(run.finished_at);
  return Date.parse(run.started_at ?? '') + (run.duration_ms ?? Number.NaN);
}

/** Whether there are that many runs, and none of them is queued or moving. */
function isResting(metrics: string, count: number): boolean {
  const counts = [...metrics.matchAll(/^holdfast_runs\{status="(\w+)"\} (\d+)$/gm)];
  const total = counts.reduce((sum, [, , value]) => sum + Number(value), 0);
  return total >= count && !counts.some(([, status]) => ['queued', 'preparing', 'planning'].includes(status ?? ''));
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../../src/api/contract.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { type Doorbell, openDoorbell } from '../../../src/platform/queue/doorbell.ts';
import { queuePrefix } from '../../../src/platform/queue/queue-catalogue.ts';
import { stateOf } from '../../support/state-client.ts';
import { until } from '../../support/until.ts';
import type { ProbedInstance } from '../harness/probed-instance.ts';

/** Rings of the queue that nobody should have made: doubled, of no run, of other phases. */
export class ForgedJobs {
  readonly #bell: Doorbell;
  readonly #roots: readonly string[];
  #made = 0;

  private constructor(bell: Doorbell, roots: readonly string[]) {
    this.#bell = bell;
    this.#roots = roots;
  }

  static async open(probed: ProbedInstance, url: string): Promise<ForgedJobs> {
    const file = join(probed.instance.dataDir, 'instance.json');
    const { instance } = JSON.parse(readFileSync(file, 'utf8')) as { instance: string };
    const bell = openDoorbell({ url, prefix: queuePrefix(instance), logger: silentLogger });
    await until(() => bell.healthy || null);
    const { dataDir } = probed.instance;
    const roots = readdirSync(dataDir).filter((name) => name.startsWith('worker-'));
    if (roots.length === 0) throw new Error(`no worker has a root below ${dataDir}`);
    return new ForgedJobs(
      bell,
      roots.map((name) => realpathSync(join(dataDir, name))),
    );
  }

  async ring(runs: readonly string[]): Promise<void> {
    const hints = [...runs, 'no-such-run', ...runs];
    const forged = () => hints.map((run) => ({ id: `forged-${this.#made++}`, payload: { run } }));
    await this.#bell.ring('plan', forged());
    for (const root of this.#roots) await this.#bell.ring('apply', forged(), root);
  }

  close(): Promise<void> {
    return this.#bell.close();
  }
}

/** Asks the job protocol as a worker of this instance could; answers the status. */
async function asWorker(probed: ProbedInstance, path: string, body: object): Promise<number> {
  const secret = readFileSync(join(probed.instance.dataDir, 'worker.secret'), 'utf8').trim();
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'x-holdfast-worker': 'w1' };
  const url = `${probed.instance.address}/worker/v1/${path}`;
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

/** Tells ends of attempts that are over; answers what was believed. */
export async function tellLate(probed: ProbedInstance, run: Run): Promise<string[]> {
  const believed: string[] = [];
  const told = { diagnostics: [], error: 'late', timings: {}, notes: [], engine_version: null };
  const plan = {
    ...told,
    phase: 'plan',
    result: 'failed',
    exit_code: 1,
    projection: null,
    plan_digest: null,
    plan_state: null,
  };
  const lists = { planned: 1, completed: [], errored: [], unfinished: [], errored_state: 'none', change_summary: null };
  const apply = { ...told, ...lists, evidence: 'exited', exit_code: 1, signalled: false, adopted: false };
  for (let attempt = 1; attempt <= run.attempt + 1; attempt++) {
    for (const [path, body] of [
      [`runs/${run.id}/outcome`, plan],
      [`runs/${run.id}/apply-outcome`, apply],
    ] as const) {
      const status = await asWorker(probed, path, { ...body, attempt });
      // Of the last attempt it is the answer to who tells it again.
      if (status !== 409 && attempt !== run.attempt) believed.push(`${path} of attempt ${attempt} got ${status}`);
    }
  }
  const now = await probed.instance.run(run.id);
  if (now.status !== run.status || now.end !== run.end) believed.push(`late ends made it ${now.status}, ${now.end}`);
  return believed;
}

/** Writes the state as who held its lock once, or never, would; answers what was accepted. */
export async function writeStale(probed: ProbedInstance, run: Run, lockIds: readonly string[]): Promise<string[]> {
  const address = new URL(probed.engine.stateAddress(run.id));
  const authorization = `Basic ${Buffer.from(`hf:${address.password}`).toString('base64')}`;
  const accepted: string[] = [];
  for (const lockId of lockIds) {
    const body = stateOf(1_000_000, 'foreign');
    const headers = { authorization, 'content-md5': createHash('md5').update(body).digest('base64') };
    const url = `${probed.instance.address}${address.pathname}?ID=${encodeURIComponent(lockId)}`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    if (answer.status < 400) accepted.push(`a write with the lock ${lockId} got ${answer.status}`);
  }
  return accepted;
}

/** terraform's id of the lock that a run holds now; null where it holds none. */
export async function lockOf(probed: ProbedInstance, run: string): Promise<string | null> {
  const answer = await probed.instance.ask('/api/v1/locks');
  const { locks } = (await answer.json()) as { locks: { run: string | null; lock_id: string | null }[] };
  return locks.find((lock) => lock.run === run)?.lock_id || null;
}

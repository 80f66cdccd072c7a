import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Run } from '../../../src/api/contract.ts';
import { type ChannelServer, startChannelServer } from '../../support/channel-server.ts';
import { makeRepository, type TestRepository } from '../../support/git-repository.ts';
import { type Canaries, makeCanaries } from '../../support/instance/canaries.ts';
import { TestInstance } from '../../support/instance/test-instance.ts';
import { until } from '../../support/until.ts';
import { type Acknowledged, recordStates } from './acknowledged-states.ts';
import { callTraces } from './call-traces.ts';
import { FaultProxy } from './fault-proxy.ts';
import { ProgramSlot } from './program-slot.ts';
import { CANARY_VARIABLE, makeSideLogs, type SideLogs } from './side-log.ts';

export interface ChaosInstanceOptions {
  /** An existing folder. */
  readonly dir: string;
  /** How many workers beside `serve`; default 1. They are `w1`, `w2`, … */
  readonly workers?: number;
  /** Plans at once in each. */
  readonly concurrency?: number;
  /** Over the quick ones. */
  readonly timers?: Readonly<Record<string, string>>;
  /** Folder for the front of the workers' PATH. */
  readonly engineBin?: string;
  /** Called before anything is started. */
  readonly prepare?: (instance: TestInstance) => void;
}

/** Long enough that a busy machine is not taken for a dead one. */
const TIMERS = { lease: '20s', heartbeat: '300ms', sweep: '1s', drain: '3s', state_retry: '10m' };
const PATIENCE_MS = 150_000;
const LOOK_MS = 100;

/**
 * `serve` and workers as programs of their own, whose way to it leads over a proxy of ours; a repository, a channel, side
 * logs, and a canary in everything that an engine gets. Every schedule adds stacks of its own.
 */
export class ChaosInstance {
  readonly instance: TestInstance;
  readonly proxy: FaultProxy;
  readonly repository: TestRepository;
  readonly side: SideLogs;
  readonly channel: ChannelServer;
  readonly canaries: Canaries;
  readonly server: ProgramSlot;
  readonly workers: ReadonlyMap<string, ProgramSlot>;
  readonly acknowledged: Acknowledged;

  private constructor(parts: Pick<ChaosInstance, 'instance' | 'proxy' | 'channel'>, workers: number) {
    const { instance, proxy, channel } = parts;
    this.instance = instance;
    this.proxy = proxy;
    this.channel = channel;
    this.repository = makeRepository(join(instance.dir, 'infra'));
    this.side = makeSideLogs(join(instance.dir, 'side'));
    this.canaries = makeCanaries(['environment', 'input']);
    this.server = new ProgramSlot(() => instance.start('serve'));
    const names = Array.from({ length: workers }, (_, nth) => `w${nth + 1}`);
    const start = (name: string) => () => instance.start('worker', '--config', join(instance.dir, `${name}.yaml`));
    this.workers = new Map(names.map((name) => [name, new ProgramSlot(start(name))]));
    this.acknowledged = recordStates(proxy);
  }

  static async open(options: ChaosInstanceOptions): Promise<ChaosInstance> {
    const { dir, workers = 1, concurrency = 3, timers = {}, engineBin } = options;
    const instance = await TestInstance.make(dir);
    if (engineBin !== undefined) instance.path = `${engineBin}:${instance.path}`;
    const [proxy, channel] = await Promise.all([FaultProxy.start(instance.address), startChannelServer()]);
    const chaos = new ChaosInstance({ instance, proxy, channel }, workers);
    const { environment = '', input = '' } = chaos.canaries;
    chaos.repository.commit({ 'README.md': 'nothing yet\n' });
    instance.configure({
      external_url: proxy.url,
      timers: { ...TIMERS, ...timers },
      repositories: [{ name: 'infra', url: chaos.repository.dir, poll_interval: '1s' }],
      channels: [{ name: 'hook', type: 'webhook', url: `${channel.url}/hook` }],
      environment: [{ stacks: ['**'], values: { [CANARY_VARIABLE]: environment, TF_VAR_canary: input } }],
    });
    for (const name of chaos.workers.keys()) {
      const config = { version: 1, data_dir: './data', worker: { name, server: proxy.url }, workers: { concurrency } };
      writeFileSync(join(instance.dir, `${name}.yaml`), JSON.stringify(config));
    }
    options.prepare?.(instance);
    await chaos.server.start();
    await Promise.all([...chaos.workers.values()].map((worker) => worker.start()));
    return chaos;
  }

  /** Pushes a new stack, and answers its plan when it waits for approval. */
  async planned(stack: string, main: string): Promise<Run> {
    this.repository.commit({ [`${stack}/main.tf`]: main });
    // Not by its commit: pushes of other schedules may have come with it.
    return this.waitFor(stack, 'waits for approval', (run) => (run.status === 'awaiting_approval' ? run : null));
  }

  /** Approves a plan, however often the control plane is away meanwhile. */
  async approve({ id, plan_digest }: Run): Promise<void> {
    await until(
      async () => {
        const answer = await this.post(`/api/v1/runs/${id}/approve`, { plan_digest });
        if (answer === null || answer.status >= 500) return null;
        // 409: an earlier try was done, and its answer lost.
        if (answer.ok || answer.status === 409) return true;
        throw new Error(`${id} was not approved: ${answer.status} ${await answer.text()}`);
      },
      PATIENCE_MS,
      LOOK_MS,
    );
  }

  /** The run when it is applied or has failed. */
  ended({ id, stack }: Run, patienceMs = PATIENCE_MS): Promise<Run> {
    const isEnd = (run: Run) => (run.id === id && ['applied', 'failed', 'canceled'].includes(run.status) ? run : null);
    return this.waitFor(stack, `${id} ends`, isEnd, patienceMs);
  }

  /** Waits until some run of a stack fits; throws with all of them where none does. */
  async waitFor<T>(stack: string, what: string, ask: (run: Run) => T | null, patienceMs = PATIENCE_MS): Promise<T> {
    let seen: readonly Run[] = [];
    const look = async () => {
      const list = await this.json<{ runs: { id: string }[] }>(`/api/v1/runs?stack=${stack}&limit=50`);
      if (list === null) return null;
      const runs = await Promise.all(list.runs.map(({ id }) => this.json<object>(`/api/v1/runs/${id}`)));
      if (runs.includes(null)) return null;
      seen = runs.map((run) => Run.parse(run));
      for (const run of seen) {
        const found = ask(run);
        if (found !== null) return found;
      }
      return null;
    };
    return until(look, patienceMs, LOOK_MS).catch((error) => {
      const runs = seen.map((run) => JSON.stringify({ ...run, changes: [], drift: [] })).join('\n');
      throw new Error(
        `${stack}: never ${what} (${String(error).split('\n')[0]?.slice(0, 60)})\n${runs}\n${this.warnings()}`,
      );
    });
  }

  /** The answer's body; null while the control plane is away or has none (404). */
  async json<T>(path: string): Promise<T | null> {
    try {
      const answer = await this.instance.ask(path, { signal: AbortSignal.timeout(10_000) });
      return answer.ok ? ((await answer.json()) as T) : null;
    } catch {
      return null;
    }
  }

  /** Null while the control plane is away. */
  async post(path: string, body: object): Promise<Response | null> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) };
    return this.instance.ask(path, init).catch(() => null);
  }

  /** What its programs said from warnings up, the newest last, and what is left of each apply. */
  warnings(most = 40): string {
    const lines = this.instance.log().split('\n');
    const said = lines.filter((line) => /"level":[456]0/.test(line)).slice(-most);
    return [...said, ...callTraces(this.instance.dataDir)].join('\n');
  }

  /** Ends everything; answers the processes that are left over. */
  async close(): Promise<readonly string[]> {
    const left = await this.instance.stop();
    await Promise.all([this.proxy.close(), this.channel.close()]);
    await this.instance.remove();
    return left.map(({ command }) => command);
  }
}

import { readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type HelloRequest, type HelloResponse, PROTOCOL } from '../src/features/execution/protocol.ts';
import type { Clock } from '../src/kernel/clock.ts';
import { newId } from '../src/kernel/ids.ts';
import type { Logger } from '../src/kernel/logger.ts';
import { systemRandom } from '../src/kernel/random.ts';
import { EngineStarters } from '../src/platform/process/engine-starter.ts';
import { readBootId } from '../src/platform/process/proc.ts';
import { listRunDirectories } from '../src/platform/process/run-directory.ts';
import { adoptRuns, removeSpentRuns } from './adoption.ts';
import { StrayStates } from './apply/stray-states.ts';
import { ClaimNotes, giveBackClaims } from './claim-notes.ts';
import { ApplyClient } from './control/apply-client.ts';
import { ControlClient } from './control/control-client.ts';
import { HttpClient } from './control/http-client.ts';
import { type RetryOptions, retryForever } from './control/retry.ts';
import { SynthClient } from './control/synth-client.ts';
import { Heartbeat } from './heartbeat.ts';
import { JobLoop, type JobQueue } from './job-loop.ts';
import type { LogRenderer } from './log/log-shipper.ts';
import type { PipelineFacts, PipelineStep } from './pipeline.ts';
import { removeTree } from './remove-tree.ts';
import { WorkingCopies } from './working-copies.ts';

/** What a worker is made of. */
export interface WorkerParts {
  readonly server: string;
  readonly secret: string;
  /** Absolute; exists, and is ours alone (`root-lock.ts`). */
  readonly root: string;
  readonly name?: string;
  readonly concurrency: number;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly loadSteps: () => Promise<readonly PipelineStep[]>;
  readonly createRenderer: (mask: NonNullable<PipelineFacts['mask']>) => LogRenderer;
  readonly openQueue: (hello: HelloResponse) => JobQueue;
  readonly pauses?: NonNullable<RetryOptions['pauses']>;
  readonly outputLimitBytes?: number;
  /** The applies die with this process (it is PID 1 …): a drain waits for their ends, however long they take. */
  readonly staysForApplies?: boolean;
}

const CLEAN_MS = 3_600_000;
/** Applies wait to be adopted: whoever looks for a control plane that comes back looks often. */
const EAGER = { firstMs: 500, longestMs: 3000 };

/** A process that claims runs and carries them: hello, adoption of what an earlier life left, then job after job. */
export class Worker {
  readonly #parts: WorkerParts;
  readonly #stopping = new AbortController();
  #http: HttpClient | null = null;
  #hello: HelloResponse | null = null;
  #jobs: JobLoop | null = null;
  #heartbeat: Heartbeat | null = null;
  readonly #starters: EngineStarters;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#starters = new EngineStarters({ root: parts.root, keep: parts.concurrency });
  }

  /** Resolves when everything left behind is taken over and jobs are heard. Throws where the control plane refuses us. */
  async start(): Promise<void> {
    const { clock, logger, pauses, root, concurrency, loadSteps, createRenderer, env, openQueue } = this.#parts;
    const copies = await WorkingCopies.open(root);
    // What an earlier life synthesised is begun anew by whoever claims it.
    await removeTree(join(root, 'synth'));
    const notes = new ClaimNotes(root);
    const unbegun = notes.list();
    const request = await this.#introduction();
    const worker = request.worker;
    this.#http = new HttpClient(this.#parts.server, this.#parts.secret, worker);
    const client = new ControlClient(this.#http);
    const applies = new ApplyClient(this.#http);
    const shared = { clock, logger, ...(pauses ? { pauses } : {}) };
    const retry = { ...shared, signal: this.#stopping.signal };
    const eager = { ...retry, pauses: pauses ?? EAGER };
    const greet = async () => {
      this.#hello = await retryForever('hello', () => client.hello(request), eager);
      return this.#hello;
    };
    const strays = new StrayStates({ root, copies, applies, logger, retry });
    const session = {
      ...{ ...shared, root, client, applies, copies, strays, starters: this.#starters },
      loadSteps,
      loadApplySteps: async () => (await import('./apply-steps.ts')).applySteps,
      createRenderer,
      workerEnv: env,
      hello: () => this.#hello ?? unreachable(),
      ...(this.#parts.outputLimitBytes ? { outputLimitBytes: this.#parts.outputLimitBytes } : {}),
    };
    const hello = await greet();
    const synthesis = { ...shared, root, worker, client: new SynthClient(this.#http), workerEnv: env };
    const synthesise = async (signal: AbortSignal) =>
      (await import('./synth/synth-session.ts')).carrySynthesis({ ...synthesis, signal });
    const jobs = new JobLoop({ ...shared, worker, concurrency, client, notes, session, openQueue, retry, synthesise });
    this.#jobs = jobs;
    this.#heartbeat = new Heartbeat({
      ...shared,
      worker,
      client,
      copies,
      sessions: jobs.sessions,
      intervalMs: () => this.#hello?.heartbeat_ms ?? hello.heartbeat_ms,
      onContact: async () => jobs.listen(await greet()),
    });
    void this.#heartbeat.start();
    await adoptRuns({
      ...{ ...shared, root, worker, client, applies, copies, strays },
      retry: eager,
      carry: (run) => jobs.carry(run),
    });
    void strays.send();
    await copies.setLeftAside(new Set((await listRunDirectories(root)).map(({ run }) => run)));
    await giveBackClaims(unbegun, { client, notes, worker, retry });
    await jobs.listen(this.#hello ?? hello);
    this.#cleanAgain(strays);
    logger.info({ worker, root, concurrency }, 'worker ready');
  }

  /** Claims no more; plans get the control plane's `timers.drain` to end and are left to the next life after it, applies at once. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    await this.#jobs?.drain(this.#hello?.drain_ms ?? 0, this.#parts.staysForApplies ?? false);
    this.#heartbeat?.stop();
    await this.#starters.close();
    this.#http?.close();
  }

  async #introduction(): Promise<HelloRequest> {
    const { root, version, concurrency } = this.#parts;
    const rootId = await rootIdOf(root, this.#parts.clock);
    const host = hostname();
    const worker = this.#parts.name ?? `${host}-${rootId.slice(-6)}`;
    return { protocol: PROTOCOL, worker, host, boot_id: readBootId(), root_id: rootId, root, version, concurrency };
  }

  #cleanAgain(strays: StrayStates): void {
    this.#parts.clock.after(CLEAN_MS, () => {
      if (this.#stopping.signal.aborted) return;
      void strays.send();
      removeSpentRuns(this.#parts.root, this.#parts.clock, this.#parts.logger).finally(() => this.#cleanAgain(strays));
    });
  }
}

/** The id that a root keeps for ever. */
async function rootIdOf(root: string, clock: Clock): Promise<string> {
  const path = join(root, 'id');
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  // Never half of one, on a full disk or by a death.
  await writeFile(`${path}.new`, newId(clock, systemRandom), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return (await readFile(path, 'utf8')).trim();
}

function unreachable(): never {
  throw new Error('no run is carried before hello');
}

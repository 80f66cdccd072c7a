import { Readable } from 'node:stream';
import type { AppliedResource, ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { EMPTY_SUMMARY, type PlanSummary } from '../../src/kernel/plan-outcome.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { type ControlPlane, HEAD } from './apply-fixtures.ts';
import { planned } from './outcome-fixtures.ts';
import { affectedStack, headOf, saveStack } from './run-fixtures.ts';
import { stateOf } from './state-client.ts';

let claimed = 0;
/** Of the files that its plans are made of. */
const TREE_DIGEST = 'd'.repeat(64);

/** What a push, a worker and terraform do to a control plane, in short. */
export class ApplyActor {
  readonly #plane: ControlPlane;
  readonly root: string;
  readonly worker: string;

  constructor(plane: ControlPlane, worker = 'w1', root = '/root') {
    this.#plane = plane;
    this.worker = worker;
    this.root = root;
  }

  /** A head that gives a stack these inputs. */
  async push(stack: string, inputs: string, entry: object = {}): Promise<void> {
    const { db, parts, heads, clock } = this.#plane;
    clock.advance(1);
    await saveStack(db, stack, inputs);
    const wanted = { ...affectedStack(stack, inputs).entry, ...entry };
    await db
      .updateTable('stacks')
      .set({ entry: JSON.stringify(wanted) })
      .where('name', '=', stack)
      .execute();
    heads.set(stack, inputs);
    const head = headOf(HEAD, [affectedStack(stack, inputs)]);
    await db.transaction().execute((tx) => parts.planner.planHead(tx, head));
  }

  async hello(): Promise<void> {
    const { workers, clock } = this.#plane;
    const about = { host: 'h', boot_id: 'b', root_id: 'i', version: '0', concurrency: 2 };
    await workers.saveWorker({ ...about, name: this.worker, root: this.root, seen_at: clock.now() });
  }

  claim(slot: 'plan' | 'apply' = 'plan', claimId = `claim-${claimed++}`): Promise<Assignment | null> {
    return this.#plane.claims.claim({ claim_id: claimId, worker: this.worker, root: this.root, slot });
  }

  /** Claims a plan and reports it: `add` things to add unless told otherwise. The plan saw what is stored. */
  async plan(counts: Partial<PlanSummary> = { add: 1 }): Promise<RunTable> {
    const { artifacts, outcomes, db, state } = this.#plane;
    const job = await this.claim();
    if (!job) throw new Error('there is nothing to plan');
    const about = { ...(await this.artifactOf(job, 'plan')), tree: TREE_DIGEST };
    const { digest } = await artifacts.receive(about, [Buffer.from(`plan of ${job.run}`)]);
    const stored = await state.access.current(db, job.stack);
    return outcomes.record(job.run, this.worker, {
      ...planned(job.attempt, 1),
      ...{ projection: projection(counts), plan_digest: digest, tree_digest: TREE_DIGEST },
      plan_state: stored ? { serial: stored.serial, lineage: stored.lineage } : { serial: 0, lineage: '' },
    });
  }

  /** What a file of the run is sealed with. */
  async artifactOf({ run, attempt, stack, commit }: Assignment, kind: string) {
    const row = await this.run(run);
    return { run, attempt, kind, stack, commit, engine: 'terraform 1.11.4', spec: `${row?.kind} ${row?.spec_digest}` };
  }

  async approve(run: string): Promise<RunTable> {
    const { plan_digest } = (await this.run(run)) ?? {};
    return this.#plane.decisions.approvals.approve(run, plan_digest ?? null, 'token:ana');
  }

  /** From a push to an apply that a worker has begun. */
  async begin(stack: string, counts: Partial<PlanSummary> = { add: 1 }): Promise<Assignment> {
    await this.push(stack, `inputs of ${stack}`);
    const { id } = await this.plan(counts);
    await this.approve(id);
    const job = await this.claim('apply');
    if (!job) throw new Error('there is nothing to apply');
    return job;
  }

  /** terraform locks, and (unless it is told not to) posts a state with these resources and unlocks. */
  async terraform(
    job: Assignment,
    state: { serial: number; resources?: string[]; unlocks?: boolean; posts?: boolean },
  ) {
    const { db, state: backend } = this.#plane;
    const caller = await backend.tokens.verify(db, new URL(job.state_url ?? '').password);
    if (!caller) throw new Error('the token of the apply is not known');
    const info = { id: `lock-${job.run}`, operation: 'OperationTypeApply', who: 'hf', text: '{}' };
    await backend.service.lock(job.stack, caller, info);
    if (state.posts !== false) {
      const bytes = [Buffer.from(stateWith(state.serial, job.stack, state.resources ?? []))];
      await backend.service.write({ stack: job.stack, caller, lockId: info.id, contentMd5: null, bytes });
    }
    if (state.unlocks !== false) await backend.service.unlock(job.stack, caller, info.id);
  }

  tell(job: Assignment, told: Partial<ApplyOutcomeRequest> = {}): Promise<RunTable> {
    return this.#plane.applies.outcomes.record(job.run, this.worker, { ...applied(job.attempt), ...told });
  }

  async sendErroredState(job: Assignment, text: string) {
    const { reports } = this.#plane.applies;
    return reports.keepErroredState(
      { run: job.run, attempt: job.attempt },
      this.worker,
      Readable.from([Buffer.from(text)]),
    );
  }

  run(id: string): Promise<RunTable | null> {
    return this.#plane.runs.find(id);
  }

  async status(id: string): Promise<string | undefined> {
    return (await this.run(id))?.status;
  }
}

/** An apply that did all it wanted: one thing made. */
export function applied(attempt: number): ApplyOutcomeRequest {
  return {
    attempt,
    evidence: 'exited',
    exit_code: 0,
    engine_version: '1.11.4',
    change_summary: { add: 1, change: 0, remove: 0, import: 0 },
    planned: 1,
    completed: [madeResource('a')],
    errored: [],
    unfinished: [],
    errored_state: 'none',
    signalled: false,
    adopted: false,
    diagnostics: [],
    error: null,
    timings: {},
    notes: [],
  };
}

/** An apply that was killed. */
export const KILLED = { exit_code: 137, change_summary: null } as const;

/** `terraform_data.NAME`, made. */
export function madeResource(name: string): AppliedResource {
  return {
    address: `terraform_data.${name}`,
    type: 'terraform_data',
    action: 'create',
    id_key: 'id',
    id: `id-${name}`,
  };
}

/** A state with `terraform_data` resources of these names. */
export function stateWith(serial: number, lineage: string, names: readonly string[]): string {
  const resources = names.map((name) => ({
    ...{ mode: 'managed', type: 'terraform_data', name, provider: 'p' },
    instances: [{ attributes: { id: `id-${name}` } }],
  }));
  return JSON.stringify({ ...JSON.parse(stateOf(serial, lineage)), resources });
}

/** An apply of which it is proven that it never began. */
export const NEVER_STARTED = {
  evidence: 'never_started',
  exit_code: null,
  completed: [] as AppliedResource[],
  change_summary: null,
} as const;

function projection(counts: Partial<PlanSummary>) {
  return { summary: { ...EMPTY_SUMMARY, ...counts }, changes: [], drift: [], outputs: [], left_out: 0 };
}

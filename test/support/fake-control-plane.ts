import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdoptRequest } from '../../src/features/execution/adopt-protocol.ts';
import type { ApplyOutcomeRequest, ProcessReport } from '../../src/features/execution/apply-protocol.ts';
import type {
  Assignment,
  HeartbeatRequest,
  HelloRequest,
  HelloResponse,
  OutcomeRequest,
} from '../../src/features/execution/protocol.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { fakeAssignment } from './fake-assignment.ts';

export const SECRET = 'fake-control-plane-secret';

const FENCED = { status: 409, body: { code: 'fenced', detail: 'another attempt has it' } };
const GONE = { status: 410, body: { code: 'gone', detail: 'there is no such run' } };

interface FakeRun {
  readonly assignment: Assignment;
  attempt: number;
  state: 'queued' | 'claimed' | 'planning' | 'ended';
  log: Buffer;
}

/** The job protocol over HTTP, in memory, with switches for what may go wrong. */
export class FakeControlPlane {
  readonly runs = new Map<string, FakeRun>();
  readonly hellos: HelloRequest[] = [];
  readonly adoptions: AdoptRequest[] = [];
  /** Claims that were told of as never begun. */
  readonly unbegun: string[] = [];
  readonly heartbeats: HeartbeatRequest[] = [];
  readonly outcomes: (OutcomeRequest & { run: string })[] = [];
  readonly processes: (ProcessReport & { run: string })[] = [];
  readonly applyOutcomes: (ApplyOutcomeRequest & { run: string })[] = [];
  readonly erroredStates: { run: string; text: string }[] = [];
  /** Saved plans are asked for again and again. */
  holdsPlans = false;
  /** How states that could not be saved are answered. */
  erroredStateStatus = 200;
  /** Tars by run. */
  readonly sources = new Map<string, Buffer>();
  readonly uploads = new Map<string, Buffer>();
  readonly workdirs = new Map<string, Buffer>();
  readonly cancelled = new Set<string>();
  readonly released = new Set<string>();
  readonly logPosts: { run: string; offset: number; size: number }[] = [];
  /** Answers every request with 503. */
  isAway = false;
  /** Claims are given, and their answers never come. */
  keepsClaims = false;
  /** Outcomes of this run are never answered. */
  silentFor = '';
  /** Outcomes are recorded, and the answer is lost. */
  losesOutcomeAnswers = 0;
  /** How the claim of an outcome is answered: as one of an older control plane, with null, or with what is queued. */
  answersNext: 'nothing' | 'null' | 'runs' = 'null';
  /** How many claims came for plan slots, without those of outcomes. */
  claims = 0;
  readonly #given = new Map<string, { status: number; body?: object } | Promise<never>>();
  hello: HelloResponse = {
    instance: 'fake',
    redis_url: 'redis://127.0.0.1:1',
    redis_prefix: '{fake}',
    heartbeat_ms: 100,
    lease_ms: 30_000,
    drain_ms: 500,
    log_limit_bytes: 1024 * 1024,
    plan_timeout_ms: 60_000,
    state_retry_ms: 1000,
    engines_dir: null,
    providers_mirror: null,
  };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body }) => {
          if (status === 0) return request.socket.destroy();
          const isTar = Buffer.isBuffer(body);
          response.writeHead(status, { 'content-type': isTar ? 'application/x-tar' : 'application/json' });
          response.end(isTar || body === undefined ? body : JSON.stringify(body));
        },
        (error) => response.writeHead(500).end(JSON.stringify({ detail: String(error) })),
      );
    });
  }

  static async start(): Promise<FakeControlPlane> {
    const fake = new FakeControlPlane();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Makes a run admissible. */
  queue(run: string, change: Partial<Assignment> = {}): void {
    const assignment = { ...fakeAssignment(run), ...change };
    this.runs.set(run, { assignment, attempt: 0, state: 'queued', log: Buffer.alloc(0) });
  }

  /** Approves a plan that was handed in: it is admissible as an apply. */
  queueApply(run: string, change: Partial<Assignment> = {}): void {
    const found = this.runs.get(run);
    if (!found) throw new Error(`there is no run ${run}`);
    const { tree_digest } = this.outcomes.find((outcome) => outcome.run === run) ?? {};
    const approved = { phase: 'apply' as const, plan_digest: sha256(this.uploads.get(run) ?? ''), tree_digest };
    const { attempt, log } = found;
    this.runs.set(run, { assignment: { ...found.assignment, ...approved, ...change }, attempt, log, state: 'queued' });
  }

  logOf(run: string): string {
    return this.runs.get(run)?.log.toString('utf8') ?? '';
  }

  /** As a lease that ran out and another worker's claim: the attempt moves on. */
  giveAway(run: string): void {
    const found = this.runs.get(run);
    if (found) found.attempt += 1;
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body?: object }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    if (this.isAway) return { status: 503, body: { detail: 'away' } };
    if (request.headers.authorization !== `Bearer ${SECRET}`) return { status: 401 };
    const url = new URL(request.url ?? '/', 'http://x');
    const path = url.pathname.replace('/worker/v1/', '');
    const json = () => JSON.parse(raw.toString('utf8'));
    if (path === 'hello') return this.#ok(() => this.hellos.push(json()), this.hello);
    if (path === 'claims') {
      if (json().slot === 'plan') this.claims++;
      return this.#claim(json());
    }
    if (path === 'claims/unbegun') return this.#ok(() => this.unbegun.push(...json().claims), {});
    if (path === 'heartbeat') return this.#heartbeat(json());
    if (path === 'adopt') return this.#adopt(json());
    const [, id = '', what] = path.split('/');
    const run = this.runs.get(id);
    if (!run) return GONE;
    const attempt = url.searchParams.has('attempt') ? Number(url.searchParams.get('attempt')) : json().attempt;
    if (attempt !== run.attempt) return FENCED;
    if (what === 'source') return { status: 200, body: this.sources.get(id) ?? Buffer.alloc(1024) };
    if (what === 'phase') return this.#ok(() => (run.state = 'planning'), {});
    if (what === 'log') return this.#log(id, run, Number(url.searchParams.get('offset')), raw);
    if (what === 'artifacts')
      return this.#artifact(id, path.endsWith('/workdir') ? 'workdir' : 'plan', request.method === 'GET' ? null : raw);
    if (what === 'process') return this.#ok(() => this.processes.push({ run: id, ...json() }), {});
    if (what === 'errored-state') return this.#erroredState(id, raw);
    if (what === 'apply-outcome') return this.#applyOutcome(id, run, json());
    if (what === 'outcome')
      return id === this.silentFor ? new Promise<never>(() => {}) : this.#outcome(id, run, json());
    return { status: 404 };
  }

  #ok(act: () => unknown, body: object) {
    act();
    return { status: 200, body };
  }

  /** The same claim, the same answer. */
  #claim({ claim_id, slot }: { claim_id: string; slot: Assignment['phase'] }) {
    const answer = this.#given.get(claim_id) ?? this.#give(slot);
    if (answer instanceof Promise || answer.status === 200) this.#given.set(claim_id, answer);
    return answer;
  }

  #give(slot: Assignment['phase']): { status: number; body?: object } | Promise<never> {
    for (const run of this.runs.values()) {
      if (run.state !== 'queued' || run.assignment.phase !== slot) continue;
      run.state = 'claimed';
      run.attempt += 1;
      if (this.keepsClaims) return new Promise<never>(() => {});
      return { status: 200, body: { ...run.assignment, attempt: run.attempt } };
    }
    return { status: 204 };
  }

  #heartbeat(beat: HeartbeatRequest) {
    this.heartbeats.push(beat);
    const fenced = beat.runs.filter((ref) => this.runs.get(ref.run)?.attempt !== ref.attempt);
    const cancel = beat.runs.filter((ref) => this.cancelled.has(ref.run));
    return { status: 200, body: { cancel, fenced, release: beat.kept.filter((run) => this.released.has(run)) } };
  }

  #adopt(asked: AdoptRequest) {
    this.adoptions.push(asked);
    const run = this.runs.get(asked.run);
    if (!run) return GONE;
    if (run.attempt !== asked.attempt || run.state === 'ended') return FENCED;
    run.attempt += 1;
    const assignment = { ...run.assignment, attempt: run.attempt };
    return { status: 200, body: { attempt: run.attempt, assignment, log_size: run.log.length } };
  }

  #log(id: string, run: FakeRun, offset: number, bytes: Buffer) {
    this.logPosts.push({ run: id, offset, size: bytes.length });
    if (offset !== run.log.length) return { status: 409, body: { size: run.log.length } };
    run.log = Buffer.concat([run.log, bytes]);
    return { status: 200, body: { size: run.log.length } };
  }

  #artifact(id: string, kind: 'plan' | 'workdir', sent: Buffer | null) {
    const kept = kind === 'plan' ? this.uploads : this.workdirs;
    if (sent === null) {
      if (this.holdsPlans) return { status: 503, body: { detail: 'later' } };
      return { status: kept.has(id) ? 200 : 404, body: kept.get(id) ?? { code: 'not_found' } };
    }
    kept.set(id, sent);
    return { status: 200, body: { digest: sha256(sent), size: sent.length } };
  }

  #erroredState(run: string, bytes: Buffer) {
    if (this.erroredStateStatus !== 200) return { status: this.erroredStateStatus, body: { code: 'invalid' } };
    return this.#ok(() => this.erroredStates.push({ run, text: bytes.toString('utf8') }), {});
  }

  #applyOutcome(id: string, run: FakeRun, outcome: ApplyOutcomeRequest) {
    this.applyOutcomes.push({ run: id, ...outcome });
    run.state = outcome.evidence === 'never_started' && outcome.error === null ? 'queued' : 'ended';
    if (this.losesOutcomeAnswers-- > 0) return { status: 0 };
    return { status: 200, body: {} };
  }

  async #outcome(id: string, run: FakeRun, { log, plan, ...outcome }: OutcomeRequest) {
    if (plan !== undefined) this.uploads.set(id, Buffer.from(plan, 'base64'));
    if (log !== undefined && run.log.length === 0) run.log = Buffer.from(log);
    this.outcomes.push({ run: id, ...outcome });
    run.state = outcome.result === 'never_started' ? 'queued' : 'ended';
    const isAsked = outcome.next !== undefined && this.answersNext !== 'nothing';
    const next =
      isAsked && this.answersNext === 'runs'
        ? ((await this.#claim({ ...outcome.next, claim_id: outcome.next?.claim_id ?? '', slot: 'plan' })).body ?? null)
        : null;
    if (this.losesOutcomeAnswers-- > 0) return { status: 0 };
    return { status: 200, body: isAsked ? { next } : {} };
  }
}

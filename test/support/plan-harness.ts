import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa, execaSync } from 'execa';
import type { Assignment, OutcomeRequest } from '../../src/features/execution/protocol.ts';
import { OutcomeRequest as OutcomeSchema } from '../../src/features/execution/protocol.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import type { EngineCall, EngineEnd, PipelineContext } from '../../workers/pipeline.ts';
import { planSteps } from '../../workers/plan-steps.ts';

/** Files of a test repository: text, or a link's target. */
export type RepositoryFiles = Readonly<Record<string, string | { readonly link: string } | { readonly run: string }>>;

/** A real Git repository, its bare mirror, and a worker's root, in a folder of their own. */
export class PlanHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-plan-'));
  readonly root = join(this.folder, 'root');
  readonly uploaded: string[] = [];
  readonly calls: EngineCall[] = [];
  readonly said: string[] = [];
  #run = 0;

  constructor() {
    mkdirSync(this.root);
    this.git('init', '-q', '-b', 'main', this.repository);
    this.git('init', '-q', '--bare', this.mirror);
    writeFileSync(join(this.mirror, 'info', 'attributes'), '* -export-ignore -export-subst\n');
  }

  get repository(): string {
    return join(this.folder, 'repository');
  }

  get mirror(): string {
    return join(this.folder, 'mirror.git');
  }

  /** Replaces the repository's files, commits and pushes to the mirror; answers the commit. */
  commit(files: RepositoryFiles): string {
    this.git('-C', this.repository, 'rm', '-rfq', '--ignore-unmatch', '.');
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.repository, path);
      mkdirSync(dirname(file), { recursive: true });
      if (typeof content === 'string') writeFileSync(file, content);
      else if ('run' in content) writeFileSync(file, content.run, { mode: 0o755 });
      else execaSync('ln', ['-sfn', content.link, file]);
    }
    this.git('-C', this.repository, 'add', '-A');
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    this.git('-C', this.repository, ...who, 'commit', '-qm', 'c', '--allow-empty');
    this.git('-C', this.repository, 'push', '-q', '--force', this.mirror, 'main');
    return this.git('-C', this.repository, 'rev-parse', 'HEAD');
  }

  git(...args: string[]): string {
    return execaSync('git', args).stdout.trim();
  }

  /** The tar that the control plane would send. */
  archive(commit: string): Readable {
    return execa('git', ['-C', this.mirror, 'archive', '--format=tar', commit], { encoding: 'buffer' }).readable();
  }

  assignment(commit: string, more: Partial<Assignment> = {}): Assignment {
    return {
      run: `run${++this.#run}`,
      attempt: 1,
      phase: 'plan',
      kind: 'plan',
      stack: 'net',
      repository: 'infra',
      dir: '.',
      workspace: 'default',
      commit,
      work_key: sha256(more.dir ?? '.').slice(0, 32),
      engine: { name: 'terraform', version: null, required: [] },
      var_files: [],
      env: {},
      environment: [],
      backend: 'override',
      state_url: 'http://hf:tok@127.0.0.1:1/state',
      init_key: 'k1',
      source: { scope: 'tree', digest: commit },
      plan_digest: null,
      plan_root: null,
      speculative: false,
      destroy: false,
      ...more,
    };
  }

  context(assignment: Assignment, more: Partial<PipelineContext> = {}): PipelineContext {
    const runDir = join(this.root, 'runs', `${assignment.run}-${assignment.attempt}`);
    const work = join(this.root, 'work', assignment.work_key);
    mkdirSync(runDir, { recursive: true });
    const made = new Map<string, number>();
    const start = (call: EngineCall) => this.#start(runDir, made, call);
    return {
      assignment,
      hello: HELLO,
      paths: {
        root: this.root,
        runDir,
        work,
        stackDir: join(work, assignment.dir),
        dataDir: null,
        scratch: join(runDir, 'scratch'),
      },
      log: silentLogger,
      signal: new AbortController().signal,
      workerEnv: { PATH: process.env.PATH, SECRET_OF_WORKER: 'never' },
      sources: { fetch: async () => this.archive(assignment.commit) },
      runEngine: start,
      runPlan: start,
      uploadPlan: async (file) => {
        this.uploaded.push(file);
        return sha256(readFileSync(file));
      },
      uploadWorkdir: async (file) => sha256(readFileSync(file)),
      uploadOutputs: async (file) => sha256(readFileSync(file)),
      enterPlanning: async () => {},
      say: (line) => this.said.push(line),
      facts: { timings: {}, notes: [] },
      adopted: false,
      ...more,
    };
  }

  /** Runs all steps to their outcome, which is checked against the protocol. Throws what a step throws. */
  async plan(commit: string, more: Partial<Assignment> = {}, context: Partial<PipelineContext> = {}): Promise<Planned> {
    const made = this.context(this.assignment(commit, more), context);
    const before = this.calls.length;
    for (const step of planSteps) if ((await step.run(made)) === 'done') break;
    const outcome = OutcomeSchema.parse(made.facts.outcome);
    return { outcome, context: made, calls: this.calls.slice(before) };
  }

  /** What the worker's runner does, without its shim. */
  async #start(runDir: string, made: Map<string, number>, call: EngineCall): Promise<EngineEnd> {
    this.calls.push(call);
    const nth = (made.get(call.label) ?? 0) + 1;
    made.set(call.label, nth);
    const dir = join(runDir, nth === 1 ? call.label : `${call.label}-${nth}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'intent.json'), '{}\n');
    const files = { outFile: join(dir, 'out'), errFile: join(dir, 'err') };
    const stdio = ['ignore' as const, { file: files.outFile }, { file: files.errFile }] as const;
    const { binary, args, cwd, env } = call;
    const ended = await execa(binary, args, {
      cwd,
      env,
      extendEnv: false,
      stdio: [...stdio],
      buffer: false,
      reject: false,
    });
    const signal = ended.signal ? 128 + constants.signals[ended.signal] : null;
    return { ...files, exitCode: ended.exitCode ?? signal ?? 127, stopped: null };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Planned {
  readonly outcome: OutcomeRequest;
  readonly context: PipelineContext;
  readonly calls: readonly EngineCall[];
}

export const HELLO: PipelineContext['hello'] = {
  instance: 'test',
  redis_url: '',
  redis_prefix: '',
  heartbeat_ms: 5000,
  lease_ms: 30_000,
  drain_ms: 30_000,
  log_limit_bytes: 1e7,
  plan_timeout_ms: 60_000,
  state_retry_ms: 1000,
  engines_dir: null,
  providers_mirror: null,
};

/** The subcommands that were called; not what a process asks each binary once. */
export function subcommands(calls: readonly EngineCall[]): string[] {
  const isOnce = ({ label, args }: EngineCall) => args[0] === 'version' || label === 'builtin-schemas';
  return calls.filter((call) => !isOnce(call)).map((call) => call.args[0] ?? '');
}

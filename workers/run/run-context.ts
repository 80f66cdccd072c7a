import { join } from 'node:path';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { retryForever } from '../control/retry.ts';
import { LogShipper } from '../log/log-shipper.ts';
import type { AppendLog } from '../log/log-sink.ts';
import { shareOf } from '../log/log-window.ts';
import { type JournalEntry, RunJournal } from '../log/run-journal.ts';
import type { EngineCall, PipelineContext, PipelineFacts, RunPaths } from '../pipeline.ts';
import { MIN_FREE_SHARE, OUTPUT_LIMIT_BYTES } from './engine-limits.ts';
import { EngineRunner } from './engine-runner.ts';
import type { CarriedRun, SessionDeps } from './session-deps.ts';

/** A run's pipeline context, and the end of its log. */
export interface OpenRun {
  readonly context: PipelineContext;
  /** The log goes on with the output of an engine call that somebody else runs. */
  announce(call: string, ended: AbortSignal): void;
  /** Resolves when the whole log is stored; or with all of it, where nothing was sent and it has at most `keep` bytes. */
  finishLog(keep?: number): Promise<string | null>;
}

export interface OpenRunOptions {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly scratch: string;
  /** For a run that continues a log: where its own part goes, how much of that is stored, and no bound for what is read. */
  readonly log?: { readonly append: AppendLog; readonly storedBytes: number; readonly startsAt: number };
}

/** A plan that ends sooner was never told to be under way: its outcome says so. */
const PHASE_MS = 250;

/** Opens a run: its paths, its engine processes, its log. */
export async function openRun(deps: SessionDeps, run: CarriedRun, options: OpenRunOptions): Promise<OpenRun> {
  const { assignment, directory, attempt } = run;
  const { client, clock, root } = deps;
  const { signal, logger } = options;
  const hello = deps.hello();
  const outputBytes = deps.outputLimitBytes ?? OUTPUT_LIMIT_BYTES;
  const ref = { run: assignment.run, attempt };
  const facts: PipelineFacts = { timings: {}, notes: [] };
  const retry = { clock, logger, signal, ...(deps.pauses ? { pauses: deps.pauses } : {}) };
  const append = options.log?.append ?? ((offset, bytes) => client.appendLog(ref, offset, bytes));
  const journal = await RunJournal.open(directory.path);
  const shipper = new LogShipper({
    runDir: directory.path,
    limitBytes: shareOf(hello.log_limit_bytes, options.log ?? { isLast: isNeverApplied(run.assignment) }),
    readBytes: options.log ? Number.MAX_SAFE_INTEGER : outputBytes,
    storedBytes: options.log?.storedBytes ?? run.adoptedLogSize ?? 0,
    clock,
    // Not with the run's signal: the log of a cancelled run is stored too.
    append: (offset, bytes) => retryForever('log', () => append(offset, bytes), { ...retry, signal: neverAborted }),
  });
  const mask = (text: string) => (facts.mask ? facts.mask(text) : text);

  const tell = (told: JournalEntry, ended?: AbortSignal) => {
    for (const entry of journal.add(told)) {
      if ('say' in entry) shipper.add({ text: entry.say });
      else {
        const isThis = 'call' in told && told.call === entry.call && ended !== undefined;
        const createRenderer = () => deps.createRenderer(facts.mask ?? String);
        shipper.add({ call: entry.call, createRenderer, ended: isThis ? ended : AbortSignal.abort() });
      }
    }
  };

  const engines = new EngineRunner({
    directory,
    attempt,
    limits: {
      timeoutMs: hello.plan_timeout_ms,
      outputBytes,
      freeShare: MIN_FREE_SHARE,
    },
    starters: deps.starters,
    clock,
    logger,
    signal,
    onCall(call: EngineCall, name, ended) {
      if (!call.quiet) tell({ call: name }, ended);
    },
  });

  const upload = (kind: 'plan' | 'workdir' | 'outputs', file: string) => {
    const tree = kind === 'plan' ? (facts.treeDigest ?? null) : null;
    const made = { file, engine: facts.engine?.version ?? null, tree };
    return retryForever('upload', () => client.upload(ref, kind, made), retry);
  };
  let keepPhase = () => {};
  const context: PipelineContext = {
    assignment,
    hello,
    paths: pathsOf(root, run, options.scratch),
    log: logger,
    signal,
    workerEnv: deps.workerEnv,
    sources: client,
    adopted: run.adoptedLogSize !== null,
    runEngine: (call) => engines.run(call),
    async runPlan(call) {
      try {
        return await engines.run(call);
      } finally {
        keepPhase();
      }
    },
    uploadPlan: (file) => upload('plan', file),
    uploadWorkdir: (file) => upload('workdir', file),
    uploadOutputs: (file) => upload('outputs', file),
    async enterPlanning() {
      keepPhase();
      keepPhase = clock.after(PHASE_MS, () => {
        const told = retryForever('phase', () => client.enterPlanning(ref), retry);
        // Whether the run is still ours, the heartbeat hears as well.
        told.catch((error) => logger.debug({ reason: messageOf(error) }, 'the phase of a run was not told'));
      });
    },
    say(line) {
      tell({ say: `${mask(line)}\n` });
    },
    facts,
  };
  const finishLog = async (keep = 0) => {
    const whole = await shipper.finish(keep);
    try {
      journal.check();
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'the order of the log could not be recorded for a next life');
    }
    return whole;
  };
  return { context, announce: (call, ended) => tell({ call }, ended), finishLog };
}

function pathsOf(root: string, run: CarriedRun, scratch: string): RunPaths {
  const work = join(root, 'work', run.assignment.work_key);
  const stackDir = join(work, run.assignment.dir);
  return { root, runDir: run.directory.path, work, stackDir, dataDir: null, scratch };
}

function isNeverApplied({ kind, speculative }: Assignment): boolean {
  return kind === 'drift' || speculative;
}

const neverAborted = new AbortController().signal;

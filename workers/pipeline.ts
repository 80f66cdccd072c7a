import type { Assignment, HelloResponse, OutcomeRequest } from '../src/features/execution/protocol.ts';
import type { Logger } from '../src/kernel/logger.ts';
import type { SourceFetcher } from './source-fetcher.ts';

/** Absolute paths of one run on this worker. All lie under the worker's root, on one file system. */
export interface RunPaths {
  readonly root: string;
  /** `runs/<run>-<attempt>`: the truth about the process (intent.json, pid, out, err, exit, acked). */
  readonly runDir: string;
  /** `work/<work_key>`: the checkout; the same path at plan and apply. */
  readonly work: string;
  /** The stack's directory inside `work`. */
  readonly stackDir: string;
  /** `data/<work_key>/<init fingerprint>`: TF_DATA_DIR, never inside the checkout. Set by the init step. */
  dataDir: string | null;
  /** HOME and TMPDIR of the engine. */
  readonly scratch: string;
}

/** What an engine process is started with, besides the run's paths. */
export interface EngineCall {
  /** Written as `name` of the files in the run directory: `init`, `plan`, `show`. */
  readonly label: string;
  /** Absolute path of the binary. */
  readonly binary: string;
  /** Subcommand first: `plan`, `-json`, … */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** `show` and `version`: the output may hold raw values or says nothing to people, so it never reaches the log. Up to 1 GB. */
  readonly quiet?: boolean;
}

/** How an engine process ended. */
export interface EngineEnd {
  /** Exit code as the shim wrote it (129–255: 128 + signal); null where it is not known. */
  readonly exitCode: number | null;
  readonly outFile: string;
  readonly errFile: string;
  /** Why we ended it ourselves, if we did. */
  readonly stopped: null | 'canceled' | 'timeout' | 'output_limit' | 'disk';
}

/** Everything a step may use. Steps hand on what they found by setting `facts`. */
export interface PipelineContext {
  readonly assignment: Assignment;
  readonly hello: HelloResponse;
  readonly paths: RunPaths;
  readonly log: Logger;
  /** Aborted when a person cancelled the run, or its time is over. Plans only. */
  readonly signal: AbortSignal;
  /** The worker's own environment (handed in, never read from `process.env`). */
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  readonly sources: SourceFetcher;
  /**
   * True when an earlier life of this worker started the engine and this one took the run over. The steps run again from
   * the start: engine calls that were made are not made again but answered from the run directory, and the working copy
   * is in use, so that a step must leave it as it is.
   */
  readonly adopted: boolean;
  /** Runs a short engine process to its end (init, show): same shim, same rules, output bounded and part of the log. */
  runEngine(call: EngineCall): Promise<EngineEnd>;
  /** Starts the plan (or adopts the one that runs) and waits for its end while its log is shipped. */
  runPlan(call: EngineCall): Promise<EngineEnd>;
  /** Sends the saved plan; answers its SHA-256. */
  uploadPlan(file: string): Promise<string>;
  /** Sends what the plan made in its working copy, as a tar; answers its SHA-256. */
  uploadWorkdir(file: string): Promise<string>;
  /** Sends the outputs of a state; answers their SHA-256. */
  uploadOutputs(file: string): Promise<string>;
  /** Tells the control plane that the engine plans (preparing -> planning), unless the plan ends within a moment. */
  enterPlanning(): Promise<void>;
  /** Adds a line to the run's log, as Holdfast speaking. */
  say(line: string): void;
  readonly facts: PipelineFacts;
}

/** What steps found out for later steps and for the outcome. */
export interface PipelineFacts {
  /** SHA-256 of the sources' files by path, where this life of the worker laid them out and their plan may be applied. */
  unpacked?: ReadonlyMap<string, string>;
  engine?: { readonly binary: string; readonly name: 'terraform' | 'opentofu'; readonly version: string };
  env?: Readonly<Record<string, string>>;
  /** Masks every known secret of this run in a text. */
  mask?: (text: string) => string;
  planFile?: string;
  /** Of the files that the plan was made of; its file is sealed with it. */
  treeDigest?: string;
  planEnd?: EngineEnd;
  outcome?: OutcomeRequest;
  readonly timings: Record<string, number>;
  readonly notes: string[];
  /** Told to people although the plan succeeds; `warn` adds to it. */
  warnings?: readonly string[];
}

/** Says something in the log that people should know before they approve; the run shows it, too. */
export function warn({ facts, say }: Pick<PipelineContext, 'facts' | 'say'>, text: string): void {
  say(`Warning: ${text}`);
  facts.warnings = [...(facts.warnings ?? []), text];
}

/** Whether the plan of a run can be approved: it has to stay possible to tell what it was made of. */
export function mayBeApplied({ kind, speculative, reads_outputs }: Assignment): boolean {
  return kind !== 'drift' && !speculative && !reads_outputs;
}

/** One named step. `done` ends the pipeline early: `facts.outcome` is set. A thrown `HoldfastError` is a failed run. */
export interface PipelineStep {
  readonly name: string;
  run(context: PipelineContext): Promise<'next' | 'done'>;
}

import type { Environment } from '../config/environment.ts';
import type { InspectedRepositoryConfig } from '../config/inspect-repository-config.ts';
import type { Problem } from '../config/problem.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ApiClient } from './api-client.ts';
import type { ChangedReport, ChangedRequest } from './changed-report.ts';
import type { CommandResult } from './command-result.ts';
import type { CompletionCommand } from './completion.ts';
import type { DoctorPorts } from './doctor/check.ts';
import type { GlobalOptions } from './global-options.ts';
import type { OutStream } from './out-stream.ts';
import type { Output } from './output.ts';

/** What `startServer` of compose.ts takes. */
export interface ServerStart {
  /** `up`: with workers as child processes; `serve`: without. */
  readonly mode: 'up' | 'serve';
  readonly config: ServerConfig;
  readonly env: Environment;
}

/** Where a worker belongs, for `startWorker` of workers/main.ts. */
export interface WorkerPlace {
  readonly server: string;
  readonly secret: string;
  /** Absolute path. */
  readonly root: string;
  readonly name?: string;
  readonly concurrency: number;
}

/** A part of Holdfast that runs until it is stopped. */
export interface RunningPart {
  /** `http://127.0.0.1:4600` of a server; of a worker: its control plane. */
  readonly address: string;
  /** Resolves when it has ended by itself or by `stop`; rejects with the reason where it could not go on. */
  readonly closed: Promise<void>;
  /** Drains and ends. Idempotent. */
  stop(): Promise<void>;
}

/** Everything the command line needs from outside, handed in by main.ts, or by a test. */
export interface CliDeps {
  readonly version: string;
  readonly env: Environment;
  /** Absolute path. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly fetch: typeof fetch;
  /** Asks a person and gives the line that was typed; null where nobody is at a terminal. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** Calls the listener for SIGINT and SIGTERM instead of ending the process; the returned function takes that back. */
  onStopSignal(listener: (signal: string) => void): () => void;
  startServer(options: ServerStart): Promise<RunningPart>;
  /** `supervised`: the parent tells place and secret over IPC. */
  startWorker(place: WorkerPlace | 'supervised'): Promise<RunningPart>;
  /** The whole of `holdfast demo`, text and all. */
  demo(context: CommandContext, options: { readonly once: boolean }): Promise<CommandResult>;
  /** Which stacks a range of commits touches, read from a local repository. */
  changed(request: ChangedRequest): Promise<ChangedReport>;
  /** What is wrong in the stacks of a repository's working copy (absolute path): syntax and graph, with file and line. */
  checkStacks(dir: string, config: InspectedRepositoryConfig): Promise<readonly Problem[]>;
  readonly doctor: DoctorPorts;
}

/** What a command works with. It stands beside `CliDeps`, for `demo` is handed one. */
export interface CommandContext {
  readonly deps: CliDeps;
  readonly globals: GlobalOptions;
  readonly output: Output;
  /** The running instance; throws with the way out where there is none. */
  api(): Promise<ApiClient>;
  /** Every command with its options, for completion scripts. */
  completions(): Promise<CompletionCommand[]>;
}

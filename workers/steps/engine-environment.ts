import type { Assignment, EnvironmentEntry } from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { isRefusedOfOperator, isRefusedOfRepository } from './refused-names.ts';

/** What an engine finds its helpers on, unless the operator passes another PATH. */
export const MINIMAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A control plane that restarts is waited for, some ten minutes, instead of the engine's three seconds. */
const PATIENCE: Variables = { TF_HTTP_RETRY_MAX: '300', TF_HTTP_RETRY_WAIT_MAX: '2' };

const LONGEST_WAIT_MS = 15_000;

export type EnvironmentPhase = 'init' | 'plan' | 'apply';
type Variables = Readonly<Record<string, string>>;

export interface EnvironmentInput {
  readonly assignment: Pick<
    Assignment,
    'stack' | 'workspace' | 'env' | 'environment' | 'inputs' | 'backend' | 'state_url' | 'queue_is_deep'
  >;
  readonly phase: EnvironmentPhase;
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  /** How long an apply waits for a state endpoint that is away (`timers.state_retry`). */
  readonly stateRetryMs: number;
  /** Absolute paths. */
  readonly scratch: string;
  readonly dataDir: string;
  readonly cliConfig: string;
  /** Whether only providers that are built into the engine are used: then a lazy garbage collector is safe and quick. */
  readonly isBuiltinOnly: boolean;
}

/**
 * The engine's whole environment, from an allow-list. Weakest first: our defaults; what `environment` passes of the worker's
 * own; the stack's `env`; what `environment` sets (later entries win); and what only the worker decides. Throws `invalid`
 * where a name is refused. Pure.
 */
export function engineEnvironment(input: EnvironmentInput): Variables {
  const { assignment } = input;
  const entries = assignment.environment.filter(({ phase }) => phase === 'all' || phase === input.phase);
  const variables = {
    ...defaults(input),
    ...mergeEntries(entries, input, assignment.env),
    ...inputVariables(input),
    ...decided(input),
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value.includes('\0')) throw refusal(assignment.stack, `the value of \`${name}\` holds a NUL character`);
  }
  return variables;
}

function defaults({ assignment, scratch, isBuiltinOnly }: EnvironmentInput): Variables {
  return {
    PATH: MINIMAL_PATH,
    HOME: scratch,
    GIT_TERMINAL_PROMPT: '0',
    // Providers inherit these and may be large. One big plan would be slower on one thread, a row of plans is quicker.
    ...(isBuiltinOnly ? { GOGC: '400' } : {}),
    ...(isBuiltinOnly && assignment.queue_is_deep ? { GOMAXPROCS: '1' } : {}),
  };
}

/** Outputs of other stacks; what plan and apply are told is the same. `init` needs none. */
function inputVariables({ assignment, phase }: EnvironmentInput): Variables {
  if (phase === 'init') return {};
  return Object.fromEntries(
    Object.entries(assignment.inputs ?? {}).map(([name, { text }]) => [`TF_VAR_${name}`, text]),
  );
}

/** What the worker decides, whatever anybody says. */
function decided(input: EnvironmentInput): Variables {
  const { assignment, scratch, dataDir, cliConfig } = input;
  const isOurs = assignment.backend !== 'foreign';
  return {
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TMPDIR: scratch,
    TF_DATA_DIR: dataDir,
    TF_CLI_CONFIG_FILE: cliConfig,
    // A `cloud` block with a named workspace refuses TF_WORKSPACE=default; the data directory is private and remembers none.
    ...(isOurs || assignment.workspace !== 'default' ? { TF_WORKSPACE: assignment.workspace } : {}),
    ...(isOurs && assignment.state_url !== null ? stateAddresses(assignment.state_url, input) : {}),
  };
}

/** The address alone but for applies: without a lock address nothing can lock. Userinfo in it reaches no other host. */
function stateAddresses(address: string, { phase, stateRetryMs }: EnvironmentInput): Variables {
  if (phase !== 'apply') return { TF_HTTP_ADDRESS: address, ...PATIENCE };
  return {
    TF_HTTP_ADDRESS: address,
    TF_HTTP_LOCK_ADDRESS: address,
    TF_HTTP_UNLOCK_ADDRESS: address,
    TF_HTTP_RETRY_MAX: String(retriesWithin(stateRetryMs)),
    TF_HTTP_RETRY_WAIT_MAX: String(LONGEST_WAIT_MS / 1000),
  };
}

/** How many retries fill a time: the engine waits 1, 2, 4, 8, 15, 15, … seconds between them. A day: 5,760. */
export function retriesWithin(timeMs: number): number {
  let [retries, waitMs] = [0, 1000];
  for (let leftMs = Math.min(timeMs, 4 * LONGEST_WAIT_MS); leftMs > 0; retries++) {
    leftMs -= waitMs;
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
  return Math.max(1, retries, Math.ceil(timeMs / LONGEST_WAIT_MS));
}

function mergeEntries(entries: readonly EnvironmentEntry[], input: EnvironmentInput, stackEnv: Variables): Variables {
  const { stack, backend } = input.assignment;
  const merged: Record<string, string> = {};
  const isSet = new Set<string>();
  for (const entry of entries) {
    for (const [name, value] of passed(entry.pass, input)) {
      merged[name] = value;
      isSet.delete(name);
    }
    for (const [name, value] of Object.entries(entry.values)) {
      if (isRefusedOfOperator(name, backend))
        throw refusal(stack, `\`environment\` in server.yaml may not set \`${name}\``);
      merged[name] = value;
      isSet.add(name);
    }
  }
  for (const [name, value] of Object.entries(stackEnv)) {
    if (isRefusedOfRepository(name)) throw refusal(stack, `\`env\` in holdfast.yaml may not set \`${name}\``);
    if (!isSet.has(name)) merged[name] = value;
  }
  return merged;
}

/** Variables of the worker's own environment that the patterns name; a refused one is only said where it is named in full. */
function passed(patterns: readonly string[], input: EnvironmentInput): [string, string][] {
  const { stack, backend } = input.assignment;
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith('*')) {
      if (isRefusedOfOperator(pattern, backend)) {
        throw refusal(stack, `\`environment\` in server.yaml may not pass \`${pattern}\``);
      }
      const value = input.workerEnv[pattern];
      return value === undefined ? [] : [[pattern, value] as [string, string]];
    }
    return Object.entries(input.workerEnv).flatMap(([name, value]) => {
      const isMeant = name.startsWith(pattern.slice(0, -1)) && !isRefusedOfOperator(name, backend) && !isOurOwn(name);
      return isMeant && value !== undefined ? [[name, value] as [string, string]] : [];
    });
  });
}

/** Holdfast's own settings are nobody's business, not even of `pass: ["*"]`. */
function isOurOwn(name: string): boolean {
  return name.startsWith('HOLDFAST_');
}

function refusal(stack: string, what: string): HoldfastError {
  return new HoldfastError(
    'invalid',
    `stack \`${stack}\`: ${what}; Holdfast or the engine's safety depends on it, remove it`,
  );
}

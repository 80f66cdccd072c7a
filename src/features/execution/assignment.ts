import { sha256 } from '../../kernel/digest.ts';
import type { Phase } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { isReading } from '../dependencies/index.ts';
import type { RunSpec } from '../runs/index.ts';
import type { Assignment, EnvironmentEntry } from './protocol.ts';

export interface AssignmentInput {
  readonly run: RunTable;
  readonly phase: Phase;
  readonly spec: RunSpec;
  readonly environment: readonly EnvironmentEntry[];
  /** Address of its own state with the run's token in it; null for a foreign backend. */
  readonly stateUrl: string | null;
  /** Outputs of other stacks that it gets. */
  readonly inputs?: ReadonlyMap<string, { readonly text: string; readonly isSensitive: boolean }>;
  /** Version of the engine that wrote the stored state, where that is known. */
  readonly stateVersion: string | null;
}

/** All that a worker needs to know of a run it claimed. Pure; the only place where a spec becomes a job. */
export function assignmentOf(input: AssignmentInput): Assignment {
  const { run, spec } = input;
  return {
    run: run.id,
    attempt: run.attempt,
    phase: input.phase,
    kind: run.kind,
    stack: run.stack,
    repository: run.repository,
    dir: spec.dir,
    workspace: spec.workspace,
    commit: run.commit_sha,
    work_key: workKeyOf(spec),
    engine: { ...spec.engine, version: versionOf(input), required: [...spec.engine.required] },
    var_files: [...spec.var_files],
    env: { ...spec.env },
    environment: [...input.environment],
    ...inputsOf(input),
    backend: spec.backend,
    state_url: input.stateUrl,
    ...(input.stateVersion === null ? {} : { state_version: input.stateVersion }),
    init_key: spec.init_key,
    source: { scope: spec.source.scope, digest: spec.source.digest },
    plan_digest: input.phase === 'apply' ? run.plan_digest : null,
    tree_digest: input.phase === 'apply' ? run.tree_digest : null,
    plan_root: input.phase === 'apply' ? run.root : null,
    speculative: run.speculative === 1,
    ...(isReading(run) ? { reads_outputs: true } : {}),
    destroy: run.kind === 'destroy',
  };
}

function inputsOf({ inputs }: AssignmentInput): Pick<Assignment, 'inputs'> {
  if (!inputs || inputs.size === 0) return {};
  const texts = [...inputs].map(([name, { text, isSensitive }]) => [name, { text, sensitive: isSensitive }]);
  return { inputs: Object.fromEntries(texts) };
}

/** A saved plan is applied by exactly the engine that made it. */
function versionOf({ run, phase, spec }: AssignmentInput): string | null {
  return phase === 'apply' ? (run.engine_version ?? spec.engine.version) : spec.engine.version;
}

/** Name of a stack's working copy: it depends on the stack alone, so that absolute paths are the same in every run. */
export function workKeyOf(spec: Pick<RunSpec, 'repository' | 'dir' | 'workspace'>): string {
  return sha256([spec.repository, spec.dir, spec.workspace].join('\0')).slice(0, 32);
}

import type { Readable } from 'node:stream';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunStore } from '../runs/index.ts';
import { artifactAbout, type MadeBy } from './artifact-about.ts';
import type { ArtifactIntake, LogKeeper, SourceArchive } from './execution-ports.ts';
import { fenced, heldRun } from './held-run.ts';
import type { Assignment } from './protocol.ts';

export interface RunFileServiceDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly sources: SourceArchive;
  readonly artifacts: ArtifactIntake;
  readonly logs: LogKeeper;
}

/** Of a source that goes with its assignment. */
const INLINE_BYTES = 256 * 1024;

interface Ref {
  readonly run: string;
  readonly attempt: number;
}

/** Not `gone`: the run is this worker's all the same. */
function notKept(run: RunTable, kind: string): HoldfastError {
  return new HoldfastError('not_found', `the ${kind} of run ${run.id} is not kept (any more)`, {
    treatment: { kind: 'human', wayOut: `plan again: holdfast plan ${run.stack}` },
  });
}

/** Bytes that belong to a run, for the attempt that holds it and nobody else. */
export class RunFileService {
  readonly #deps: RunFileServiceDeps;

  constructor(deps: RunFileServiceDeps) {
    this.#deps = deps;
  }

  /** The files of the run's commit as a tar; only those of the closure where the spec says so. */
  async source(ref: Ref): Promise<Readable> {
    const { run, spec } = await this.#held(ref);
    const { synthesised } = this.#deps.sources;
    if (spec.synth !== undefined && synthesised) return synthesised(spec.synth);
    return this.#deps.sources.archive(run.repository, run.commit_sha, spec.source.paths);
  }

  /** An assignment with its source in it, where that is small. Never rejects: a source can always be fetched. */
  async withSource(assignment: Assignment): Promise<Assignment> {
    const { runs, sources } = this.#deps;
    try {
      const run = await runs.find(assignment.run);
      const spec = run && (await runs.spec(run.spec_digest));
      const tar =
        spec && spec.synth === undefined && (await sources.packed(run.repository, run.commit_sha, spec.source.paths));
      if (!tar || tar.length > INLINE_BYTES) return assignment;
      return { ...assignment, source: { ...assignment.source, tar: tar.toString('base64') } };
    } catch {
      return assignment;
    }
  }

  /** Appends rendered log; tells the size that is kept, and whether the offset was right. */
  async appendLog(ref: Ref, offset: number, bytes: Buffer): Promise<{ ok: boolean; size: number }> {
    await this.#held(ref);
    return this.#deps.logs.append(ref.run, offset, bytes);
  }

  /** Receives an artifact of a plan that this version of the engine makes: hashed and encrypted while it comes. */
  async receive(ref: Ref & MadeBy, kind: string, bytes: Readable): Promise<{ digest: string; size: number }> {
    const { run, spec } = await this.#held(ref);
    return this.#deps.artifacts.receive(artifactAbout(run, spec, kind, ref), bytes);
  }

  /** Hands out what the run's plan left, to the attempt that applies it: the approved plan and no other. */
  async hand(ref: Ref, kind: 'plan' | 'workdir'): Promise<{ size: number; bytes: Readable }> {
    const { run, spec } = await this.#held(ref);
    if (run.status !== 'applying' && run.status !== 'interrupted') throw fenced(run, ref.attempt);
    const plan = await this.#deps.artifacts.newest(this.#deps.db, {
      run: run.id,
      kind: 'plan',
      digest: run.plan_digest ?? '',
    });
    if (!plan) throw notKept(run, 'plan');
    // What lies in a working copy belongs to the plan that was made in it, not to an attempt that came to nothing.
    return this.#whole(run, { ...artifactAbout(run, spec, kind), attempt: plan.attempt });
  }

  /** Read to its end once before the first byte goes out: what is damaged is an answer, and no stream that breaks off. */
  async #whole(run: RunTable, about: ReturnType<typeof artifactAbout>): Promise<{ size: number; bytes: Readable }> {
    try {
      const { bytes } = await this.#deps.artifacts.open(about);
      for await (const _ of bytes) {
        // Each record is checked as it is read, and the digest of all of them at the end.
      }
      return await this.#deps.artifacts.open(about);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'gone') throw notKept(run, about.kind);
      if (error.code !== 'internal') throw error;
      const what = `the kept ${about.kind} of run ${run.id} is not what was received`;
      const treatment = { kind: 'human', wayOut: `plan again: holdfast plan ${run.stack}` } as const;
      throw new HoldfastError('invalid', `${what}; nothing is applied`, { treatment, cause: error });
    }
  }

  async #held(ref: Ref) {
    return this.#deps.db.transaction().execute(async (tx) => {
      const run: RunTable = await heldRun(this.#deps.runs, tx, ref);
      const spec = await this.#deps.runs.spec(run.spec_digest, tx);
      if (!spec) throw new HoldfastError('internal', `run ${run.id} names a spec that is not stored`);
      return { run, spec };
    });
  }
}

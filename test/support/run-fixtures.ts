import {
  type AffectedStack,
  DestroyPlanner,
  HeadRunPlanner,
  RunDoor,
  type RunListener,
  RunService,
  SqlRunStore,
  StackLife,
  sqlStackMarks,
} from '../../src/features/runs/index.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { Database } from '../../src/platform/db/open-database.ts';

/** A stack as the graph would hand it over, whose inputs are just the given text. */
export function affectedStack(name: string, inputs: string): AffectedStack {
  return {
    entry: {
      name,
      dir: name,
      engine: 'terraform',
      engine_version: null,
      workspace: 'default',
      var_files: [],
      env: {},
      when_modified: [],
      depends_on: [],
      wait_for_dependencies: 'applied',
      inputs: {},
      apply: 'manual',
      drift: null,
      cdktf: null,
      listed: false,
    },
    spec: {
      repository: 'infra',
      dir: name,
      workspace: 'default',
      engine: { name: 'terraform', version: null, required: [] },
      var_files: [],
      env: {},
      backend: 'override',
      init_key: 'k',
      lock_digest: null,
      source: { scope: 'tree', digest: sha256(inputs), paths: null },
      refused: null,
    },
    inputsDigest: sha256(inputs),
    reasons: [{ kind: 'file', path: `${name}/main.tf`, via: [] }],
    unreadable: null,
  };
}

/** Writes the row that the graph would write for a stack at a head. */
export async function saveStack(db: Database, name: string, inputs: string): Promise<void> {
  const { entry, inputsDigest } = affectedStack(name, inputs);
  const row = {
    name,
    repository: 'infra',
    dir: name,
    workspace: 'default',
    engine: 'terraform' as const,
    entry: JSON.stringify(entry),
    inputs_digest: inputsDigest,
    head_commit: sha256(inputs).slice(0, 40),
    applied_commit: null,
    applied_run: null,
    applied_spec: null,
    unreadable: null,
    held: null,
    blocked: null,
    deleted_at: null,
    created_at: 1,
    updated_at: 1,
  };
  await db
    .insertInto('stacks')
    .values(row)
    .onConflict((c) => c.column('name').doUpdateSet({ inputs_digest: inputsDigest }))
    .execute();
}

/** Store, door, planner and service over a database, as compose builds them. */
export function runParts(db: Database, clock: Clock = systemClock, listeners: readonly RunListener[] = []) {
  const store = new SqlRunStore(db);
  const door = new RunDoor(store, clock, [...listeners, new StackLife(sqlStackMarks)]);
  const shared = { store, door, clock, random: systemRandom, ring: () => {} };
  const destroys = new DestroyPlanner({ ...shared, marks: sqlStackMarks });
  return {
    store,
    door,
    destroys,
    planner: new HeadRunPlanner({ ...shared, destroys }),
    service: new RunService({ ...shared, db }),
  };
}

/** One head of `infra` that touches these stacks. */
export function headOf(commit: string, affected: readonly AffectedStack[]) {
  return { repository: 'infra', commit, base: null, author: 'Ana <ana@example.com>', message: 'change', affected };
}

import { nextSlot } from '../../src/features/drift/drift-slots.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import { affectedStack } from '../../test/support/run-fixtures.ts';

const CHUNK = 500;

/** Rows of stacks that were applied and are checked from `now` on, each at its turn. Answers when each is due. */
export async function fillStacks(
  db: Database,
  { count, everyMs, now }: { readonly count: number; readonly everyMs: number; readonly now: number },
): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  for (let from = 0; from < count; from += CHUNK) {
    const names = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => `team-${i % 20}/service-${from + i}`);
    for (const name of names) due.set(name, nextSlot(name, everyMs, { after: now, chance: 0 }));
    await db
      .insertInto('stacks')
      .values(names.map((name) => stackRow(name, now)))
      .execute();
    await db
      .insertInto('drift_stacks')
      .values(names.map((name) => driftRow(name, everyMs, due.get(name) ?? now)))
      .execute();
  }
  return due;
}

function stackRow(name: string, now: number) {
  const { entry, inputsDigest } = affectedStack(name, 'one');
  return {
    ...{ name, repository: 'infra', dir: name, workspace: 'default', engine: 'terraform' as const },
    ...{ entry: JSON.stringify(entry), inputs_digest: inputsDigest, head_commit: 'c' },
    ...{ applied_commit: 'c', applied_run: 'r', applied_spec: 's', created_at: now, updated_at: now },
  };
}

function driftRow(stack: string, everyMs: number, nextAt: number) {
  return {
    ...{ stack, repository: 'infra', base_run: 'r', base_commit: 'c', base_spec: 's', base_inputs: 'i' },
    ...{ base_applied: 1 as const, every_ms: everyMs, next_at: nextAt, status: 'unknown' as const, turned_at: 0 },
    ...{ findings: 0, explained: '[]' },
  };
}

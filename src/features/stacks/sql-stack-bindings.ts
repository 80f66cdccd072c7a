import { MOVING, type RunStatus } from '../../kernel/run-status.ts';
import { hasTouchedTheWorld, type Reader } from '../runs/index.ts';

const CHUNK = 500;
const moving = [...MOVING] as RunStatus[];

/** Which of these names may stand for something in the world although nothing was applied to its end. */
export async function selectBound(db: Reader, names: readonly string[]): Promise<Set<string>> {
  const bound = new Set<string>();
  for (let i = 0; i < names.length; i += CHUNK) {
    const chunk = names.slice(i, i + CHUNK);
    const states = await db
      .selectFrom('state_versions as version')
      .leftJoin('runs', 'runs.id', 'version.run')
      .select(['version.stack', 'runs.kind', 'runs.status'])
      .where('version.stack', 'in', chunk)
      .where('version.sequence', '=', (eb) =>
        eb
          .selectFrom('state_versions as other')
          .select((of) => of.fn.max('other.sequence').as('newest'))
          .whereRef('other.stack', '=', 'version.stack'),
      )
      .execute();
    for (const { stack, kind, status } of states) if (!(kind === 'destroy' && status === 'applied')) bound.add(stack);
    const runs = await db
      .selectFrom('runs')
      .select(['stack', 'kind', 'status'])
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('runs')
          .select((of) => of.fn.max('id').as('newest'))
          .where('stack', 'in', chunk)
          .where(hasTouchedTheWorld)
          .groupBy('stack'),
      )
      .execute();
    for (const { stack, kind, status } of runs) if (!(kind === 'destroy' && status === 'applied')) bound.add(stack);
  }
  return bound;
}

/** Those of these names of which a run moves. */
export async function selectBusy(db: Reader, names: readonly string[]): Promise<Set<string>> {
  const busy = new Set<string>();
  for (let i = 0; i < names.length; i += CHUNK) {
    const rows = await db
      .selectFrom('runs')
      .select('stack')
      .where('stack', 'in', names.slice(i, i + CHUNK))
      .where('status', 'in', moving)
      .execute();
    for (const { stack } of rows) busy.add(stack);
  }
  return busy;
}

import { reportChanged } from '../../src/compose/changed.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { ChangeReason } from '../../src/kernel/stack-entry.ts';
import type { makeChangeLab } from './change-lab.ts';
import { showReason } from './stack-fixtures.ts';

/**
 * Asks `holdfast changed` and a server that processed the base which stacks a range touches. Answers what both say, as
 * `stack: reasons`; throws where they differ.
 */
export async function bothSets(
  lab: Awaited<ReturnType<typeof makeChangeLab>>,
  base: string,
  head: string,
): Promise<string[]> {
  await lab.push(base);
  await lab.push(head);
  const told = await serverSet(lab, head);
  const report = await reportChanged(
    { repo: lab.repo.dir, base, head },
    { env: { PATH: process.env.PATH }, clock: systemClock },
  );
  const asked = report.stacks.map(({ name, reasons }) => show(name, reasons));
  if (JSON.stringify(told) !== JSON.stringify(asked)) {
    throw new Error(`the server says\n${told.join('\n')}\nand \`holdfast changed\`\n${asked.join('\n')}`);
  }
  return asked;
}

/** Runs made for the head, and stacks that it made deleted. */
async function serverSet({ db }: Awaited<ReturnType<typeof makeChangeLab>>, head: string): Promise<string[]> {
  const runs = await db.selectFrom('runs').selectAll().where('commit_sha', '=', head).execute();
  const rows = await db.selectFrom('stacks').selectAll().where('deleted_at', 'is not', null).execute();
  const gone = rows.map(({ name }) => `${name}: deleted`);
  return [...runs.map((run) => show(run.stack, JSON.parse(run.reasons))), ...gone].sort();
}

function show(stack: string, reasons: readonly ChangeReason[]): string {
  // What is gone has no run, and so no list of files.
  if (reasons.some(({ kind }) => kind === 'deleted')) return `${stack}: deleted`;
  return `${stack}: ${reasons.map(showReason).join('; ')}`;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../../src/platform/db/open-database.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';

const WRITER = new URL('./p9-writer.ts', import.meta.url).pathname;
const LONGEST_MS = 400;
/** The database grows over so many kills, and is then begun anew. */
const KILLS_OF_ONE = 10;

/** The embedded database under load, killed at any moment, and opened by a second process meanwhile. */
export const database: ChaosPromise = {
  id: 'P9',
  title: 'The database loses no acknowledged transaction, and refuses a second opener',
  unit: 'kills',
  defaultCount: 50,
  quickCount: 2,
  atOnce: 1,
  patienceMs: 120_000,
  async open({ dir }) {
    const acknowledged: number[] = [];
    let first = 1;
    return {
      async run(schedule: Schedule): Promise<Verdict> {
        const nth = Math.floor(schedule.index / KILLS_OF_ONE);
        if (schedule.index % KILLS_OF_ONE === 0) {
          acknowledged.length = 0;
          first = 1;
        }
        const file = join(dir, `database-${nth}`, 'holdfast.db');
        const writer = await startWriter(file, first);
        const isRefused = await refusesAnother(file);
        await new Promise((resolve) => setTimeout(resolve, schedule.next() * LONGEST_MS));
        writer.child.kill('SIGKILL');
        await once(writer.child, 'close');
        const own = writer.numbers();
        acknowledged.push(...own);
        first = Math.max(first, ...own) + 100;
        const db = await openDatabase({ file });
        const wrong = await wrongIn(db, acknowledged).finally(() => db.destroy());
        if (!isRefused) wrong.push('a second process opened the database');
        const measures = { 'transactions before a kill': own.length };
        if (wrong.length === 0) return { held: true, measures };
        return { held: false, why: wrong[0] ?? '', evidence: wrong.slice(0, 50).join('\n'), measures };
      },
    };
  },
};

async function startWriter(file: string, first: number) {
  const child = spawn(process.execPath, [WRITER, file, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await isOpen(child, () => text.includes('open\n'));
  // The last line may be half a line: that transaction counts as not acknowledged.
  const numbers = () =>
    text
      .split('\n')
      .slice(1, -1)
      .map((line) => Number(line));
  return { child, numbers };
}

function isOpen(child: ChildProcess, look: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)));
    child.stdout?.on('data', () => look() && resolve());
  });
}

async function refusesAnother(file: string): Promise<boolean> {
  try {
    await (await openDatabase({ file })).destroy();
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'conflict';
  }
}

/** Acknowledged rows that are not there as they were written, and rows of a transaction of which others are missing. */
async function wrongIn(db: Database, acknowledged: readonly number[]): Promise<string[]> {
  const wrong: string[] = [];
  const check = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  for (const { integrity_check: said } of check.rows) if (said !== 'ok') wrong.push(`integrity: ${said}`);
  const rows = (await db.selectFrom('meta').selectAll().execute()).filter(({ key }) => /^[ab]\d+$/.test(key));
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  const audits = await db.selectFrom('audit').select('subject').where('action', '=', 'test').execute();
  const audited = new Set(audits.map(({ subject }) => Number(subject)));
  const present = new Set(rows.map(({ key }) => Number(key.slice(1))));
  for (const own of present) {
    const isWhole = values.has(`a${own}`) && values.has(`b${own}`) && audited.has(own);
    if (!isWhole) wrong.push(`transaction ${own} is there in part`);
  }
  for (const own of acknowledged) {
    const isThere =
      values.get(`b${own}`)?.startsWith(`${own} `) && (own % 3 !== 0 || values.get(`a${own}`) === `${own} changed`);
    if (!isThere) wrong.push(`acknowledged transaction ${own} is lost`);
  }
  return wrong;
}

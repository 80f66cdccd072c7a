import { writeSync } from 'node:fs';
import { appendAudit } from '../../../src/features/audit/index.ts';
import { openDatabase } from '../../../src/platform/db/open-database.ts';

/**
 * `node p9-writer.ts FILE FIRST`: writes transactions as fast as it can, some at once, numbered from FIRST, and prints the
 * number of each when it was acknowledged. Made to be killed.
 */
const [file = '', first = '1'] = process.argv.slice(2);
const db = await openDatabase({ file });
let number = Number(first);

/** Three rows that belong together: half of them is a torn transaction. */
async function write(): Promise<void> {
  const own = number++;
  const value = `${own} ${'x'.repeat((own * 7919) % 6000)}`;
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('meta')
      .values({ key: `a${own}`, value })
      .execute();
    await appendAudit(tx, { at: own, actor: 'system', action: 'test', subject: `${own}`, stack: null, facts: {} });
    await tx
      .insertInto('meta')
      .values({ key: `b${own}`, value })
      .execute();
    // What was written is also changed and taken away.
    if (own % 3 === 0)
      await tx
        .updateTable('meta')
        .set({ value: `${own} changed` })
        .where('key', '=', `a${own}`)
        .execute();
  });
  // At once: a line in a buffer of ours would die with us.
  writeSync(1, `${own}\n`);
}

async function writeOn(): Promise<never> {
  for (;;) await write();
}

writeSync(1, 'open\n');
await Promise.all([writeOn(), writeOn(), writeOn(), writeOn()]);

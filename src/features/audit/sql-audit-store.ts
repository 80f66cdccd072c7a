import type { Kysely, Transaction } from 'kysely';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { DatabaseSchema } from '../../platform/db/schema.ts';
import type { AuditEntry } from './audit.ts';

/** Writes one audit row in the transaction of the thing it tells about, so that neither is ever there alone. */
export async function appendAudit(tx: Transaction<DatabaseSchema>, entry: AuditEntry): Promise<void> {
  const { at, actor, action, subject, stack, facts } = entry;
  await insertEntry(tx, at, actor, action, subject, stack, JSON.stringify(facts));
}

const insertEntry = compiledOnce(
  (db, at: number, actor: string, action: string, subject: string, stack: string | null, facts: string) =>
    db.insertInto('audit').values({ at, actor, action, subject, stack, facts }),
);

/** The newest entry about a subject, or null. */
export async function lastAudit(db: Kysely<DatabaseSchema>, subject: string): Promise<AuditEntry | null> {
  const row = await db
    .selectFrom('audit')
    .selectAll()
    .where('subject', '=', subject)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { ...row, facts: JSON.parse(row.facts) } : null;
}

export interface AuditPage {
  readonly entries: readonly (AuditEntry & { readonly id: number })[];
  readonly next: string | null;
}

/** Newest first, `limit` at most; `cursor` is the id after which to go on. */
export async function listAudit(db: Kysely<DatabaseSchema>, limit: number, cursor: string | null): Promise<AuditPage> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (cursor !== null) query = query.where('id', '<', Number(cursor));
  const rows = await query.execute();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    entries: page.map((row) => ({ ...row, facts: JSON.parse(row.facts) })),
    next: rows.length > limit && last ? String(last.id) : null,
  };
}

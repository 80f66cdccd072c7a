import type { RunTable } from '../../platform/db/schema.ts';
import { cleanLine, cleanText, cut } from './clean-text.ts';
import type { ApplySnapshot, MadeResource } from './notification.ts';
import type { ApplyAftermath } from './notification-store.ts';

/** Resources of the ledger that a message holds, and how long one's import block may be. */
const MADE_SHOWN = 10;
const IMPORT_LIMIT = 500;
const LINE_LIMIT = 700;

/** How an apply stands or ended, as messages show it: cleaned and bounded. Pure. */
export function applySnapshotOf(run: RunTable, { blocks, adoptions }: ApplyAftermath): ApplySnapshot {
  const orphans = parse<Partial<MadeResource>[]>(run.orphans) ?? [];
  const counts = parse<{ done?: number | null; planned?: number | null }>(run.error);
  return {
    end: run.end,
    done: counts?.done ?? null,
    planned: counts?.planned ?? null,
    next_step: run.next_step === null ? null : line(run.next_step),
    approved_by: run.approved_by === null ? null : line(run.approved_by),
    blocks,
    adoptions,
    orphans: orphans.slice(0, MADE_SHOWN).map((orphan) => ({
      address: line(orphan.address ?? ''),
      import: orphan.import == null ? null : cut(cleanText(orphan.import).trim(), IMPORT_LIMIT),
    })),
    orphan_count: orphans.length,
  };
}

function line(text: string): string {
  return cut(cleanLine(text.slice(0, 4 * LINE_LIMIT)), LINE_LIMIT);
}

function parse<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}

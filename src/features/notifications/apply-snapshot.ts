import type { RunTable } from '../../platform/db/schema.ts';
import { cleanLine, cleanText, cut } from './clean-text.ts';
import type { ApplySnapshot, MadeResource } from './notification.ts';

/** Resources of the ledger that a message holds, and how long one's import block may be. */
const MADE_SHOWN = 10;
const IMPORT_LIMIT = 500;
const LINE_LIMIT = 500;

/** How an apply stands or ended, as messages show it: cleaned and bounded. Pure. */
export function applySnapshotOf(run: RunTable): ApplySnapshot {
  const orphans = parseList<Partial<MadeResource>>(run.orphans);
  return {
    end: run.end,
    done: null,
    planned: null,
    next_step: run.next_step === null ? null : line(run.next_step),
    approved_by: run.approved_by === null ? null : line(run.approved_by),
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

function parseList<T>(json: string | null): T[] {
  return json === null ? [] : (JSON.parse(json) as T[]);
}

import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { ReportSnapshot } from '../notifications/index.ts';
import type { Tx } from '../runs/index.ts';
import type { DriftTurn } from './drift-loop.ts';
import { type ReportInput, summarise } from './drift-report.ts';
import type { DriftMeta, DriftStackStore, FindingStore, ReportStore, WatchedStack } from './drift-store.ts';
import { isLate, nextReportAt, type ReportSchedule } from './report-schedule.ts';

export interface ReportDeps {
  readonly db: Database;
  readonly stacks: DriftStackStore;
  readonly findings: FindingStore;
  readonly reports: ReportStore;
  readonly meta: DriftMeta;
  /** null: none are sent. */
  readonly schedule: ReportSchedule | null;
  readonly tell: (tx: Tx, at: number, of: (covers: (stack: string) => boolean) => ReportSnapshot) => Promise<void>;
  /** How long cleared findings and reports are kept. */
  readonly keepMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

const NEXT = 'report_next';
const CHUNK = 500;
/** A report names no more findings than this; its totals are whole all the same. */
const MOST_FINDINGS = 20_000;
const PRUNE_MS = 3_600_000;

/** Makes reports: by schedule, also when all is well, and whenever somebody asks. */
export class DriftReports implements DriftTurn {
  readonly #deps: ReportDeps;
  #prunedAt = 0;

  constructor(deps: ReportDeps) {
    this.#deps = deps;
  }

  async runOnce(now: number): Promise<number> {
    await this.#prune(now);
    const { db, meta, schedule } = this.#deps;
    if (schedule === null) return Number.POSITIVE_INFINITY;
    const due = await this.#dueAt(schedule, now);
    if (due > now) return due;
    const nextAt = nextReportAt(schedule, now);
    const input = { ...(await this.read(now)), nextAt };
    const about = { at: due, late: isLate(due, now) };
    await db.transaction().execute(async (tx) => {
      const body = summarise(input, () => true, about);
      const id = newId(this.#deps.clock, this.#deps.random);
      await this.#deps.reports.add(tx, {
        id,
        due_at: due,
        at: now,
        late: about.late ? 1 : 0,
        body: JSON.stringify(body),
      });
      await this.#deps.tell(tx, now, (covers) => summarise(input, covers, about));
      await meta.set(tx, NEXT, JSON.stringify({ ...schedule, at: nextAt }));
    });
    return nextAt;
  }

  /** Everything a report is made of, as of now. */
  async read(now: number): Promise<ReportInput> {
    const { stacks, findings, reports, schedule } = this.#deps;
    const watched: WatchedStack[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: WatchedStack[] = await stacks.watchedSince(0, cursor, CHUNK);
      watched.push(...page);
      cursor = page.at(-1)?.name ?? null;
      if (page.length < CHUNK) break;
    }
    const rows = new Map<string, Awaited<ReturnType<DriftStackStore['page']>>[number]>();
    for (let cursor: string | null = null; ; ) {
      const page = await stacks.page(cursor, CHUNK);
      for (const row of page) rows.set(row.stack, row);
      cursor = page.at(-1)?.stack ?? null;
      if (page.length < CHUNK) break;
    }
    return {
      ...{ watched, rows, now },
      findings: await findings.allOpen(MOST_FINDINGS),
      since: (await reports.newest())?.at ?? null,
      nextAt: schedule === null ? null : nextReportAt(schedule, now),
    };
  }

  /** When the next one is due: as it was noted, unless the schedule is another one now. */
  async #dueAt(schedule: ReportSchedule, now: number): Promise<number> {
    const { db, meta } = this.#deps;
    const noted = await meta.get(db, NEXT);
    const known = noted === null ? null : (JSON.parse(noted) as ReportSchedule & { at: number });
    if (known?.schedule === schedule.schedule && known.timezone === schedule.timezone) return known.at;
    const at = nextReportAt(schedule, now);
    await meta.set(db, NEXT, JSON.stringify({ ...schedule, at }));
    return at;
  }

  async #prune(now: number): Promise<void> {
    if (now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    await this.#deps.findings.prune(now - this.#deps.keepMs);
    await this.#deps.reports.prune(now - this.#deps.keepMs * 4);
  }
}

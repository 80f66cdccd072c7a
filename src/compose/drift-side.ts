import { driftReportJson, findingJson } from '../api/drift-json.ts';
import type { DriftPort } from '../api/drift-ports.ts';
import type { ServerConfig } from '../config/server-config.ts';
import {
  BurstWatch,
  CheckEnd,
  CheckTurn,
  DriftChecks,
  DriftDesk,
  DriftLoop,
  DriftReports,
  type DriftTurn,
  DriftWatch,
  Remediation,
  sqlDriftMeta,
  sqlDriftStackStore,
  sqlFindingStore,
  sqlReportStore,
} from '../features/drift/index.ts';
import type { NeedsNobody } from '../features/execution/index.ts';
import type { NewsWriter } from '../features/notifications/index.ts';
import type { ApplyWorld, RunDoor, RunStore } from '../features/runs/index.ts';
import { type Clock, toRfc3339 } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { PlanProjection } from '../kernel/plan-outcome.ts';
import type { Random } from '../kernel/random.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { RunTable } from '../platform/db/schema.ts';

export interface DriftWatchOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly plans: { load(run: string): Promise<PlanProjection | null> };
  readonly news: NewsWriter;
  /** The door that this listens at; there when the first run passes. */
  readonly door: () => RunDoor;
  readonly clock: Clock;
  readonly random: Random;
}

/** What sees every run, and the stores that all of drift shares. */
export function createDriftWatch(options: DriftWatchOptions) {
  const { db, config, plans, news, clock, random } = options;
  const { everyMs, breakerPercent } = config.drift;
  const stacks = sqlDriftStackStore(db);
  const findings = sqlFindingStore(db);
  const tell = news.tell.bind(news);
  const bursts = new BurstWatch({ stacks, meta: sqlDriftMeta, tell, everyMs, percent: breakerPercent });
  const bell = { wake: () => {} };
  const ends = new CheckEnd({
    ...{ stacks, findings, plans, bursts, tell },
    isMoreToCome: (tx, run) => stacks.isCheckOpen(tx, run.id),
    newId: () => newId(clock, random),
  });
  const watch = new DriftWatch({
    ...{ stacks, findings, ends, everyMs },
    chance: () => random.next(),
    supersede: async (tx, run, reason) => {
      await options.door().move(tx, run, 'superseded', { actor: 'system', reason });
    },
    wake: () => bell.wake(),
  });
  return { watch, stacks, findings, bursts, tell, bell };
}

export interface DriftSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly drift: ReturnType<typeof createDriftWatch>;
  readonly news: NewsWriter;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly world: ApplyWorld;
  /** Which other plans need no person. */
  readonly auto: NeedsNobody;
  /** Keeps a commit readable, whatever is force-pushed. */
  readonly keep: (repository: string, commit: string) => Promise<void>;
  readonly ring: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Checks, reports and what is put right by itself, put together. */
export interface DriftSide {
  readonly port: DriftPort;
  /** A check of one stack; null where nothing was ever applied. */
  readonly check: (stack: string, actor: string) => Promise<RunTable | null>;
  readonly loop: DriftLoop;
  /** What the loop does at each look. */
  readonly turns: readonly DriftTurn[];
  readonly auto: NeedsNobody;
}

export function createDriftSide(options: DriftSideOptions): DriftSide {
  const { db, config, drift, news, runs, door, world, auto, ring, clock, random, logger } = options;
  const { stacks, findings, bursts, tell } = drift;
  const { everyMs, maxConcurrent, report } = config.drift;
  const keep = (repository: string, commit: string) =>
    options.keep(repository, commit).catch((error) => {
      logger.debug({ repository, commit, error: messageOf(error) }, 'the commit of a drift check could not be kept');
    });
  const checks = new DriftChecks({ db, stacks, door, clock, random, keep, ring });
  const turn = new CheckTurn({
    ...{ db, stacks, checks, logger, everyMs, maxConcurrent, meta: sqlDriftMeta },
    chance: () => random.next(),
  });
  const remediation = new Remediation({
    ...{ db, stacks, findings, bursts, world, runs, door, tell, clock, random, logger, ring },
  });
  const reports = new DriftReports({
    ...{ db, stacks, findings, clock, random, meta: sqlDriftMeta, schedule: report },
    reports: sqlReportStore(db),
    tell: news.tellReport.bind(news),
    keepMs: config.retention.runsMs,
  });
  const turns = [turn, remediation, reports];
  const loop = new DriftLoop({ turns, clock, logger });
  drift.bell.wake = () => loop.wake();
  const desk = new DriftDesk({ db, findings, bursts, clock });
  return {
    port: driftPort({ db, stacks, checks, reports, desk, clock }),
    ...{ loop, turns },
    check: async (stack, actor) => (await checks.ask([stack], actor))[0]?.run ?? null,
    auto: {
      decide: (tx, run, summary) =>
        run.trigger === 'drift' ? remediation.decide(tx, run, summary) : auto.decide(tx, run, summary),
    },
  };
}

interface PortParts extends Pick<DriftSideOptions, 'db' | 'clock'> {
  readonly stacks: ReturnType<typeof createDriftWatch>['stacks'];
  readonly checks: DriftChecks;
  readonly reports: DriftReports;
  readonly desk: DriftDesk;
}

/** Drift as the API sees it. */
function driftPort({ db, stacks, checks, reports, desk, clock }: PortParts): DriftPort {
  const dirOf = async (stack: string) => (await stacks.watched(db, stack))?.dir ?? '.';
  return {
    check: (names, actor) => checks.ask(names, actor),
    async checkable() {
      const { watched, rows } = await reports.read(clock.now());
      return watched.map(({ name }) => name).filter((name) => rows.has(name));
    },
    report: async (sees) => driftReportJson(await reports.read(clock.now()), sees, await desk.breaker()),
    stackOf: async (finding) => (await desk.get(finding)).stack,
    async acknowledge(id, ack) {
      const finding = await desk.acknowledge(id, ack);
      return findingJson(finding, await dirOf(finding.stack), clock.now());
    },
    async resume(reason, actor) {
      const state = await desk.resume(reason, actor);
      return state && { ...state, since: toRfc3339(state.since) };
    },
  };
}

import type { Readers } from '../api/api-deps.ts';
import type { AuditList, Stack, WorkerList } from '../api/contract.ts';
import { listAudit } from '../features/audit/index.ts';
import type { AppDesk, AppState } from '../features/cdktf/index.ts';
import type { WorkerStore } from '../features/execution/index.ts';
import { type NotificationStore, viewNotifications } from '../features/notifications/index.ts';
import type { SqlRepoStore } from '../features/repos/index.ts';
import { isHeldByWorker, type RunStore } from '../features/runs/index.ts';
import type { StackJson, StackReader } from '../features/stacks/index.ts';
import { type Clock, toRfc3339 } from '../kernel/clock.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { RepositoryTable } from '../platform/db/schema.ts';
import { appJson } from './app-json.ts';

export interface ReaderOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly stacks: StackReader;
  readonly apps: Pick<AppDesk, 'list'>;
  readonly repositories: SqlRepoStore;
  readonly workers: WorkerStore;
  readonly runs: RunStore;
  readonly notifications: NotificationStore;
}

/** What the API's lists read. */
export function createReaders(options: ReaderOptions): Readers {
  const { db, stacks, notifications } = options;
  return {
    stacks: async (page, sees) => {
      const [list, apps] = [await stacks.list(page, sees), await options.apps.list()];
      const shown = apps.filter(({ name }) => sees(name)).map(appJson);
      return { ...list, stacks: list.stacks.map((stack) => withApp(stack, apps)), apps: shown };
    },
    stack: async (name, explain) => {
      const stack = await stacks.get(name, explain);
      return stack && withApp(stack, await options.apps.list());
    },
    repositories: async (page) => {
      const rows = (await options.repositories.list()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const from = rows.findIndex((row) => page.cursor === null || row.name > page.cursor);
      const shown = from < 0 ? [] : rows.slice(from, from + page.limit);
      const isMore = from >= 0 && from + page.limit < rows.length;
      return { repositories: shown.map(repositoryJson), next: isMore ? (shown.at(-1)?.name ?? null) : null };
    },
    workers: () => listWorkers(options),
    notifications: (page) => viewNotifications(notifications, page),
    audit: async ({ limit, cursor }): Promise<AuditList> => {
      const { entries, next } = await listAudit(db, limit, cursor);
      return { audit: entries.map((entry) => ({ ...entry, at: toRfc3339(entry.at) })), next };
    },
  };
}

/** A stack with the app that it is of. */
function withApp(stack: StackJson, apps: readonly AppState[]): Stack {
  const app = apps.find(({ repository, output }) => repository === stack.repository && stack.dir.startsWith(output));
  if (!app) return { ...stack, app: null } as Stack;
  const { name, status, error, since } = appJson(app);
  return { ...stack, app: { name, status, error, since } } as Stack;
}

function repositoryJson(row: RepositoryTable) {
  const { name, url, branch, status, head_commit, processed_commit, error } = row;
  return {
    ...{ name, url, branch, status, head_commit, processed_commit, error },
    config_error: configErrorText(row.config_error),
    polled_at: toRfc3339(row.polled_at),
    next_poll_at: row.next_poll_at === 0 ? null : toRfc3339(row.next_poll_at),
  };
}

/** One line a problem. */
export function configErrorText(json: string | null): string | null {
  if (json === null) return null;
  const problems = JSON.parse(json) as { message?: string }[];
  return problems.map((problem) => problem.message ?? '').join('\n');
}

async function listWorkers({ workers, runs, clock, leaseMs }: ReaderOptions): Promise<WorkerList> {
  const held = (await runs.list({ statuses: ['preparing', 'planning', 'applying'] }, 500, null)).runs;
  const rows = await workers.listWorkers();
  return {
    workers: rows.map((row) => ({
      name: row.name,
      host: row.host,
      version: row.version,
      concurrency: row.concurrency,
      seen_at: toRfc3339(row.seen_at),
      alive: isAlive(row.seen_at, clock.now(), leaseMs),
      runs: held.filter((run) => run.worker === row.name && isHeldByWorker(run.status)).map((run) => run.id),
    })),
    next: null,
  };
}

/** A worker counts as alive while its last word is younger than a lease. */
export function isAlive(seenAt: number, now: number, leaseMs: number): boolean {
  return now - seenAt < leaseMs;
}

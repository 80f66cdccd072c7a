import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { createStateBackend, registerStateRoutes, type StateBackend } from '../../src/features/state/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { RunStatus } from '../../src/kernel/run-status.ts';
import { openDiskArtifactStore } from '../../src/platform/artifacts/disk-artifact-store.ts';
import { openKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../src/platform/crypto/record-cipher.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';

export const ADMIN_TOKEN = 'admin-secret';
export const VIEWER_TOKEN = 'viewer-secret';

export interface TestStateBackend {
  readonly dir: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly db: Database;
  readonly backend: StateBackend;
  /** Ends the server and the database; the folder stays for a second start. */
  stop(): Promise<void>;
  /** The same, and removes the folder. */
  remove(): Promise<void>;
}

export interface TestStateBackendOptions {
  readonly dir?: string;
  readonly port?: number;
  readonly maxBytes?: number;
  readonly keepVersions?: number;
  readonly maxConcurrent?: number;
  readonly isReady?: () => boolean;
  readonly answerMs?: number;
}

/** A real state backend on a free port, over a database and files in a folder of its own. */
export async function startStateBackend(options: TestStateBackendOptions = {}): Promise<TestStateBackend> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'hf-state-'));
  const ports = { clock: systemClock, random: systemRandom };
  const db = await openDatabase({ file: join(dir, 'holdfast.db') });
  const cipher = createRecordCipher(await openKeyRing(join(dir, 'keys'), ports), systemRandom);
  const artifacts = await openDiskArtifactStore(join(dir, 'artifacts'), { ...ports, cipher });
  const limits = { maxBytes: options.maxBytes ?? 512 << 20, keepVersions: options.keepVersions ?? 100 };
  const app = Fastify({ forceCloseConnections: true });
  const url = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const backend = createStateBackend({ ...ports, ...limits, db, artifacts, log: silentLogger, baseUrl: url });
  registerStateRoutes(app, {
    ...limits,
    db,
    service: backend.service,
    tokens: backend.tokens,
    admins: (token) => {
      if (token === ADMIN_TOKEN) return { actor: 'token:admin', mayAdminister: true };
      return token === VIEWER_TOKEN ? { actor: 'token:viewer', mayAdminister: false } : null;
    },
    clock: systemClock,
    log: silentLogger,
    maxConcurrent: options.maxConcurrent ?? 100,
    isReady: options.isReady ?? (() => true),
    ...(options.answerMs === undefined ? {} : { answerMs: options.answerMs }),
  });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  async function stop() {
    await app.close();
    await db.destroy();
  }
  async function remove() {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  }
  return { dir, url: url(), db, backend, stop, remove };
}

/** Puts a run row of this status there: what a run's token may do is read from it. */
export async function putRun(db: Database, id: string, stack: string, status: RunStatus): Promise<void> {
  const row = {
    id,
    stack,
    status,
    repository: 'repo',
    commit_sha: 'c0ffee',
    kind: 'plan' as const,
    trigger: 'push' as const,
    speculative: 0 as const,
    attempt: 1,
    version: 1,
    reasons: '[]',
    spec_digest: 'spec',
    inputs_digest: 'inputs',
    new_state: 0 as const,
    created_at: 1,
    updated_at: 1,
    log_size: 0,
  };
  await db
    .insertInto('runs')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ status }))
    .execute();
}

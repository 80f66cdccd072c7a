import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openDiskArtifactStore } from '../../platform/artifacts/disk-artifact-store.ts';
import { openKeyRing } from '../../platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../platform/crypto/record-cipher.ts';
import { type Database, openDatabase } from '../../platform/db/open-database.ts';
import { type ArtifactIdentity, RunArtifacts } from './run-artifacts.ts';
import { sqlArtifactRowStore } from './sql-artifact-row-store.ts';

let dir: string;
let db: Database;
let now = 1_000_000;
let kept: RunArtifacts;
const clock: Clock = { now: () => now, after: () => () => {} };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-run-artifacts-'));
  db = await openDatabase({ file: ':memory:' });
  const ports = { clock, random: systemRandom };
  const cipher = createRecordCipher(await openKeyRing(join(dir, 'keys'), ports), systemRandom);
  kept = new RunArtifacts({
    db,
    clock,
    rows: sqlArtifactRowStore,
    artifacts: await openDiskArtifactStore(join(dir, 'artifacts'), { ...ports, cipher }),
    log: silentLogger,
    maxBytes: (kind) => (kind === 'plan' ? 1000 : 10),
    keepMs: () => 5000,
  });
});
afterEach(async () => {
  await db.destroy();
  rmSync(dir, { recursive: true, force: true });
});

const plan: ArtifactIdentity = {
  run: 'r1',
  attempt: 1,
  kind: 'plan',
  stack: 's',
  commit: 'c',
  engine: 'terraform 1.11.4',
  spec: 'plan 3f',
};
const files = () =>
  readdirSync(join(dir, 'artifacts'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
async function read(about: ArtifactIdentity): Promise<string> {
  return Buffer.concat(await (await kept.open(about)).bytes.toArray()).toString();
}

test('a plan is received once per attempt, and handed out to who names all of it', async () => {
  const { digest, size } = await kept.receive(plan, [Buffer.from('plan one')]);
  expect(size).toBe(8);
  expect(await kept.digestOf('r1', 1, 'plan')).toBe(digest);
  expect(await kept.digestOf('r1', 2, 'plan')).toBeNull();
  expect(await read(plan)).toBe('plan one');
  for (const change of [{ stack: 'other' }, { commit: 'd' }, { engine: 'terraform 1.12.0' }, { spec: 'destroy 3f' }]) {
    await expect(kept.open({ ...plan, ...change })).rejects.toThrow(/belong to something else/);
  }
});

test('a plan sent again takes the place of the first, and leaves no file behind', async () => {
  await kept.receive(plan, [Buffer.from('plan one')]);
  await kept.receive(plan, [Buffer.from('plan two')]);
  expect(await read(plan)).toBe('plan two');
  expect(files()).toHaveLength(1);
});

test('a row that names the file of another run is refused', async () => {
  await kept.receive(plan, [Buffer.from('plan one')]);
  await kept.receive({ ...plan, run: 'r2' }, [Buffer.from('plan two')]);
  const { path, digest } = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('run', '=', 'r2')
    .executeTakeFirstOrThrow();
  await db.updateTable('artifacts').set({ path, digest }).where('run', '=', 'r1').execute();
  await expect(kept.open(plan)).rejects.toThrow(/belong to something else/);
});

test('each kind has its bound', async () => {
  await expect(kept.receive({ ...plan, kind: 'workdir' }, [Buffer.alloc(11)])).rejects.toMatchObject({
    code: 'too_large',
  });
});

test('after the retention it is gone', async () => {
  await kept.receive(plan, [Buffer.from('plan one')]);
  now += 6000;
  await expect(kept.open(plan)).rejects.toMatchObject({
    code: 'gone',
    treatment: { wayOut: 'plan again: holdfast plan s' },
  });
});

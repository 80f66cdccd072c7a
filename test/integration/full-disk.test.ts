import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { problemOf } from '../../src/api/problem.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createCallDirectory } from '../../src/platform/process/call-directory.ts';
import { settleEvidence } from '../../src/platform/process/settle-evidence.ts';
import { ADMIN_TOKEN, startStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hf-full-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a command whose files may not grow past so many blocks of 512 bytes: writes beyond fail as on a full disk. */
function withLimit(blocks: number, ...command: string[]): string {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  return execFileSync('sh', ['-c', script, 'sh', ...command], { encoding: 'utf8' });
}

test('what has no room is a 503 and leaves nothing behind; what has, is kept again', { timeout: 60_000 }, () => {
  const script = new URL('../support/full-disk.ts', import.meta.url).pathname;
  expect(JSON.parse(withLimit(2048, process.execPath, script, dir))).toEqual({
    artifact: [503, 0, 200, 1],
    log: [200, 503],
    logSize: 6,
    logAfter: { ok: true, size: 9 },
    document: [503, 200],
    documentAfter: { small: true },
  });
});

test('a shim that cannot write its pid line starts nothing, and that is proven', async () => {
  const call = join(dir, 'apply');
  const intent = { run: 'r', attempt: 1, label: 'apply', binary: 'touch', args: [], cwd: dir, at: 0 };
  await createCallDirectory(call, intent, true);
  const shim = new URL('../../src/platform/process/shim.sh', import.meta.url).pathname;
  withLimit(0, 'sh', shim, call, '/bin/touch', join(dir, 'ran'));
  expect(readFileSync(join(call, 'pid'), 'utf8')).toBe('');
  expect(() => readFileSync(join(dir, 'ran'))).toThrow('ENOENT');
  expect(await settleEvidence(call, systemClock)).toEqual({ kind: 'never_started' });
});

test('a database that is full is a 503 on every write, keeps what it has, and takes writes again', async () => {
  const server = await startStateBackend();
  const state = new StateClient(server.url, 'net', ADMIN_TOKEN);
  await state.lock('l1');
  expect((await state.post('l1', stateOf(1))).status).toBe(200);
  const pages = await sql<{ page_count: number }>`PRAGMA page_count`.execute(server.db);
  await sql.raw(`PRAGMA max_page_count=${pages.rows[0]?.page_count}`).execute(server.db);
  const filler = 'x'.repeat(100_000);
  const fill = () =>
    server.db
      .insertInto('audit')
      .values({ at: 1, actor: 'a', action: filler, subject: 's', stack: null, facts: '{}' } as never)
      .execute();
  const error = await fill().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(problemOf(error)).toMatchObject({
    status: 503,
    code: 'busy',
    detail: expect.stringContaining('disk is full'),
  });
  let refused = 0;
  for (let serial = 2; serial < 60; serial++) {
    const { status } = await state.post('l1', stateOf(serial, 'lineage-a', 'm'.repeat(serial)));
    if (status === 503) refused++;
    else expect(status).toBe(200);
  }
  expect(refused).toBeGreaterThan(0);
  const kept = JSON.parse((await state.get()).text).serial;
  await sql.raw('PRAGMA max_page_count=1000000').execute(server.db);
  expect((await state.post('l1', stateOf(100))).status).toBe(200);
  expect((await server.backend.history.list('net', 100)).map(({ serial }) => serial)).toEqual(
    expect.arrayContaining([kept, 100]),
  );
  expect(JSON.parse((await state.get()).text).serial).toBe(100);
  await server.remove();
});

test('a database that hangs is a 503 in time, and terraform gets its answer when it tries again', async () => {
  const server = await startStateBackend({ answerMs: 300 });
  const state = new StateClient(server.url, 'net', ADMIN_TOKEN);
  await state.lock('l1');
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const transaction = server.db.transaction().execute(async () => {
    begun.resolve();
    await held.promise;
  });
  await begun.promise;
  for (const asked of [state.get(), state.lock('l1'), state.post('l1', stateOf(1))]) {
    expect(await asked).toMatchObject({ status: 503, text: expect.stringContaining('no answer within 0.3 s') });
  }
  held.resolve();
  await transaction;
  // The first try may have been kept meanwhile: the same bytes again are welcome.
  expect((await state.post('l1', stateOf(1))).status).toBe(200);
  expect(JSON.parse((await state.get()).text).serial).toBe(1);
  expect((await state.unlock('l1')).status).toBe(200);
  await server.remove();
});

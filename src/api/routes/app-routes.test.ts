import { expect, test } from 'vitest';
import { apiOver, bearer, TOKENS } from '../../../test/support/api-fixtures.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { openDatabase } from '../../platform/db/open-database.ts';
import { CdktfApp } from '../contract.ts';

const APP: CdktfApp = {
  name: 'dev/infra',
  repository: 'r',
  dir: 'app',
  commit: 'a'.repeat(40),
  status: 'queued',
  error: null,
  since: '2026-11-20T10:00:00.000Z',
};

test('an app is tried again by those who may plan it, and by nobody else', async () => {
  const db = await openDatabase({ file: ':memory:' });
  const asked: string[] = [];
  const app = await apiOver(db, {
    apps: {
      async retry(name, actor) {
        asked.push(`${name} ${actor}`);
        if (name !== APP.name) throw new HoldfastError('not_found', `there is no CDKTF app "${name}"`);
        return APP;
      },
    },
  });
  const retry = (name: string, token: string | null) =>
    app.inject({
      method: 'POST',
      url: `/api/v1/apps/${encodeURIComponent(name)}/retry`,
      headers: token === null ? {} : bearer(token),
    });
  expect((await retry(APP.name, null)).statusCode).toBe(401);
  expect((await retry(APP.name, TOKENS.viewer)).statusCode).toBe(403);
  expect(asked).toEqual([]);
  // Its globs are about `dev/**`.
  const granted = await retry(APP.name, TOKENS.approver);
  expect([granted.statusCode, CdktfApp.parse(granted.json())]).toEqual([200, APP]);
  expect((await retry('prod/infra', TOKENS.approver)).statusCode).toBe(404);
  expect((await retry('dev/other', TOKENS.approver)).json()).toMatchObject({ status: 404, code: 'not_found' });
  expect(asked).toEqual(['dev/infra token:ok', 'dev/other token:ok']);
  await app.close();
  await db.destroy();
});

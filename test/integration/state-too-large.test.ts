import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendDeafly } from '../support/deaf-sender.ts';
import { EngineFolder, hasBinary, removeEngineFolders, stateEnvironment } from '../support/engine.ts';
import { ADMIN_TOKEN, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

const MIB = 1024 ** 2;
let server: TestStateBackend;
beforeAll(async () => {
  server = await startStateBackend({ maxBytes: MIB });
});
afterAll(async () => {
  await server.remove();
  removeEngineFolders();
});

test.each([
  [true, 'close'],
  [true, 'keep-alive'],
  [false, 'close'],
  [false, 'keep-alive'],
])(
  'who sends 60 MiB before it reads is told that it was too much (announced: %s, %s)',
  async (isAnnounced, connection) => {
    const stack = `deaf-${isAnnounced}-${connection}`;
    const client = new StateClient(server.url, stack, ADMIN_TOKEN);
    await client.lock('l1');
    const answer = await sendDeafly(`${server.url}/state/${stack}?ID=l1`, { bytes: 60 * MIB, isAnnounced, connection });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(`${MIB} bytes`);
    expect((await client.get()).status).toBe(404);
    expect((await client.post('l1', stateOf(1))).status).toBe(200);
  },
);

test('who has no right, or no lock, is told so at once, whatever is still on its way', async () => {
  const send = { bytes: 20 * MIB, isAnnounced: false, connection: 'close' };
  expect(await sendDeafly(`${server.url}/state/nobody?ID=other`, send)).toMatch(/^HTTP\/1\.1 (409|413) /);
});

const terraform = hasBinary('terraform');
if (!terraform) console.log('skipped: no terraform on PATH, so no real one is told 413');

describe.skipIf(!terraform)('terraform', { timeout: 60_000 }, () => {
  test('is told 413 at once and does not try again', async () => {
    const address = server.backend.access.urlFor('pushed', ADMIN_TOKEN);
    const work = new EngineFolder(
      'terraform',
      { 'main.tf': 'terraform {\n  backend "http" {}\n}\n', 'big.tfstate': bigState(20 * MIB) },
      stateEnvironment(address),
    );
    expect(await work.run('init')).toMatchObject({ code: 0 });
    const refused = await work.run('state', 'push', 'big.tfstate');
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('413');
    expect(await server.backend.history.list('pushed', 5)).toEqual([]);
  });
});

function bigState(size: number): string {
  const outputs = { text: { value: 'x'.repeat(size), type: 'string' } };
  return JSON.stringify({ version: 4, terraform_version: '1.9.0', serial: 3, lineage: 'big', outputs, resources: [] });
}

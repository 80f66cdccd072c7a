import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openKeyRing } from './key-ring.ts';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'hf-keys-')), 'keys');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));
const open = () => openKeyRing(dir, { clock: systemClock, random: systemRandom });

test('the first start makes a key that only its owner may read, the second finds it', async () => {
  const first = (await open()).current();
  expect(readdirSync(dir)).toEqual([`${first.id}.key`]);
  expect(statSync(join(dir, `${first.id}.key`)).mode & 0o777).toBe(0o600);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  const again = (await open()).current();
  expect(again.id).toBe(first.id);
  expect(again.secret.equals(first.secret)).toBe(true);
});

test('after a rotation the new key seals and the old one is still found', async () => {
  const ring = await open();
  const old = ring.current();
  const fresh = await ring.rotate();
  expect(ring.current().id).toBe(fresh.id);
  expect(fresh.secret.equals(old.secret)).toBe(false);
  const again = await open();
  expect(again.current().id).toBe(fresh.id);
  expect((await again.find(old.id))?.id).toBe(old.id);
  expect(await again.find('0000000000000000')).toBeNull();
});

test('a key that another process added is found without a restart', async () => {
  const ring = await open();
  const added = await (await open()).rotate();
  expect((await ring.find(added.id))?.id).toBe(added.id);
});

test('a key file that others may read is refused with the way out', async () => {
  const { id } = (await open()).current();
  chmodSync(join(dir, `${id}.key`), 0o644);
  await expect(open()).rejects.toMatchObject({
    message: expect.stringContaining('can be read by others (mode 644)'),
    treatment: { kind: 'human', wayOut: expect.stringContaining('chmod 600') },
  });
});

test('a damaged key file is refused, never replaced', async () => {
  const { id } = (await open()).current();
  truncateSync(join(dir, `${id}.key`), 20);
  await expect(open()).rejects.toThrow(/damaged/);
  expect(readdirSync(dir)).toEqual([`${id}.key`]);
});

test('printing a key shows nothing of it', async () => {
  const key = (await open()).current();
  const clear = key.secret.export();
  const shown = `${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`;
  for (const form of ['hex', 'base64', 'base64url'] as const) expect(shown).not.toContain(clear.toString(form));
});

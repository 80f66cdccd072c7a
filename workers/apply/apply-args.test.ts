import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retriesWithin } from '../steps/engine-environment.ts';
import { applyArgs, assertStateAddresses, declaresEphemeral } from './apply-args.ts';

const ADDRESS = 'http://hf:t@127.0.0.1:1/state/s';
const ALL = { TF_HTTP_ADDRESS: ADDRESS, TF_HTTP_LOCK_ADDRESS: ADDRESS, TF_HTTP_UNLOCK_ADDRESS: ADDRESS };

describe('an apply', () => {
  it('applies the saved plan alone, and always locks', () => {
    expect(applyArgs('/r/tfplan', [])).toEqual(['apply', '-json', '-input=false', '-lock-timeout=0s', '/r/tfplan']);
    expect(applyArgs('/r/tfplan', ['-x.tfvars'])).toContain('-var-file=-x.tfvars');
  });

  it.each(Object.keys(ALL))('never starts without %s', (name) => {
    const about = { stack: 's', backend: 'own' as const, state_url: ADDRESS };
    expect(() => assertStateAddresses(about, ALL)).not.toThrow();
    expect(() => assertStateAddresses({ ...about, backend: 'override' }, ALL)).not.toThrow();
    for (const wrong of [{}, { [name]: '' }, { [name]: `${ADDRESS}2` }]) {
      const { [name as keyof typeof ALL]: _left, ...others } = ALL;
      expect(() => assertStateAddresses(about, { ...others, ...wrong })).toThrow(name);
    }
    expect(() => assertStateAddresses({ ...about, state_url: null }, ALL)).toThrow('TF_HTTP_ADDRESS');
    expect(() => assertStateAddresses({ ...about, backend: 'foreign', state_url: null }, {})).not.toThrow();
  });

  it.each([
    [1, 1],
    [1000, 1],
    [3000, 2],
    [60_000, 7],
    [86_400_000, 5760],
  ])('waits %d ms for its state with %d retries', (ms, retries) => expect(retriesWithin(ms)).toBe(retries));

  it('knows ephemeral variables, whose files are given again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-args-'));
    try {
      await writeFile(join(dir, 'main.tf'), '# ephemeral\nvariable "a" {}\n');
      expect(await declaresEphemeral(dir)).toBe(false);
      await writeFile(join(dir, 'b.tf.json'), '{"variable": {"b": {"ephemeral": true}}}');
      expect(await declaresEphemeral(dir)).toBe(true);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

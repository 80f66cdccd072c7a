import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { type ContainedLimits, runContained } from './contained-process.ts';
import { membersOf } from './process-tree.ts';

const LIMITS: ContainedLimits = { timeMs: 20_000, outputBytes: 1e6, memoryBytes: 1e9, processes: 64 };

describe("a stranger's program", { timeout: 60_000 }, () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hf-contained-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const run = (script: string, limits: Partial<ContainedLimits> = {}) =>
    runContained({
      command: ['/bin/sh', '-c', script],
      cwd: dir,
      env: { PATH: '/usr/sbin:/usr/bin:/bin', MINE: 'yes' },
      writable: dir,
      limits: { ...LIMITS, ...limits },
      clock: systemClock,
    });

  it('ends by itself: its exit code, what it printed, what it wrote; its environment is what it was given', async () => {
    const end = await run('echo out; echo err >&2; echo x > file; echo "$MINE $HOME"; exit 3');
    expect(end).toMatchObject({ exitCode: 3, stopped: null });
    expect(end.output.split('\n').sort()).toEqual(['', 'err', 'out', 'yes ']);
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('x\n');
  });

  it('that loops for ever is ended by time', async () => {
    expect(await run('while :; do :; done', { timeMs: 300 })).toMatchObject({ stopped: 'timeout' });
  });

  it('that prints without end is ended, and only the first and last of it are kept', async () => {
    const end = await run('yes 0123456789', { outputBytes: 2e6 });
    expect(end.stopped).toBe('output');
    expect(end.output.length).toBeLessThan(70_000);
    expect(end.output).toContain('bytes left out');
  });

  it('that takes too much memory is ended', async () => {
    const node = process.execPath;
    const hog = `${node} -e 'const a = []; setInterval(() => a.push(Buffer.alloc(5e7, 1)), 5)'`;
    expect(await run(hog, { memoryBytes: 3e8 })).toMatchObject({ stopped: 'memory' });
  });

  it('that forks without end is ended, and nothing of it is left', async () => {
    writeFileSync(join(dir, 'bomb'), `#!/bin/sh\nwhile :; do sleep 300 & sleep 0.005; done\n`, { mode: 0o755 });
    expect(await run('./bomb & ./bomb & wait', { processes: 30 })).toMatchObject({ stopped: 'processes' });
    expect(membersOf(0, `MINE=yes`)).toEqual([]);
  });

  it('that leaves daemons behind, in sessions of their own, leaves none', async () => {
    const daemon = `setsid sh -c 'sleep 1.5; echo late > ${dir}/late' </dev/null >/dev/null 2>&1 &`;
    const end = await run(`${daemon} (setsid sleep 300 &) ; echo done`);
    expect(end).toMatchObject({ exitCode: 0, stopped: null, output: 'done\n' });
    expect(membersOf(0, 'MINE=yes')).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(existsSync(join(dir, 'late'))).toBe(false);
  });

  it('writes nowhere else where the host has namespaces', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'hf-elsewhere-'));
    const end = await run(`touch ${elsewhere}/mark && echo written; mount -o remount,rw / && echo escaped`);
    expect(existsSync(join(elsewhere, 'mark'))).toBe(!end.isWalled);
    if (end.isWalled) expect(end.output).not.toContain('escaped');
    rmSync(elsewhere, { recursive: true });
  });
});

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { readProcess } from '../../src/platform/process/proc.ts';
import { spawnEngine } from '../../src/platform/process/spawn-engine.ts';
import { engineScript } from '../../src/platform/process/starter-script.ts';
import { runningEngine, StarterRig, untilGone } from '../support/starter-rig.ts';

const PRELUDE = fileURLToPath(new URL('../../src/platform/process/starter.sh', import.meta.url));
const SHELLS = ['/bin/sh', ...['/bin/bash', '/bin/busybox'].filter((shell) => existsSync(shell))];

let rig: StarterRig;
afterEach(() => rig.close());

describe.each(SHELLS)('a starter that is %s', (shell) => {
  beforeEach(async () => {
    rig = await StarterRig.open(shell);
  });

  it('gives the engine its arguments, its directory, exactly its environment and no stdin', async () => {
    const env = { A: 'x y', dir: 'mine', PATH: '/usr/bin:/bin', PWD: '/not/passed' };
    const script = 'printf "%s|" "$@"; pwd; cat; tr "\\0" "\\n" </proc/$$/environ >&2; exit 2';
    const { path, verdict, out } = await rig.run(script, env, ['two words', '$HOME;*']);
    expect(verdict).toMatchObject({ kind: 'exited', exitCode: 2 });
    expect(out.toString()).toBe(`two words|$HOME;*|${rig.dir}\n`);
    const told = (await readFile(join(path, 'err'), 'utf8')).trim().split('\n');
    expect(told.filter((line) => !line.startsWith('_=')).sort()).toEqual(['A=x y', 'PATH=/usr/bin:/bin', 'dir=mine']);
  });

  it('hands on hostile values byte for byte', async () => {
    const nasty = fc.constantFrom(
      "'",
      "'\\''",
      '\n',
      '\r',
      '$(touch x)',
      '`id`',
      '"',
      '\\',
      '\u0081\u0088',
      '\x01\x7f',
      '}',
      'EOF',
      '!',
      ' ',
      '😀',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(nasty, { maxLength: 20 }).map((parts) => parts.join('')),
    );
    const value = text.map((one) => one.replaceAll('\0', '').toWellFormed());
    const script = '/bin/cat /proc/$$/environ; printf "%s\\0" "$@"';
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 5 }),
        fc.array(value, { minLength: 1, maxLength: 5 }),
        async (values, args) => {
          const env = Object.fromEntries(values.map((one, nth) => [`TF_VAR_${nth}`, one]));
          const { out } = await rig.run(script, env, args);
          const told = out
            .toString()
            .split('\0')
            .slice(0, -1)
            .filter((line) => !line.startsWith('_='));
          const meant = Object.entries(env).map(([name, one]) => `${name}=${one}`);
          expect(told.slice(told.length - args.length)).toEqual(args);
          expect(told.slice(0, told.length - args.length).sort()).toEqual(meant.sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hands on 90 KiB in one value', async () => {
    const long = "a'\n$é".repeat(15_000);
    const { out } = await rig.run('printf %s "$LONG"', { LONG: long });
    expect(out.toString()).toBe(long);
  });

  it('leaves an engine what a direct start leaves it: signals, limits, umask, descriptors, a session without us', async () => {
    const script = `grep -E '^(Sig(Ign|Blk|Cgt)|NoNewPrivs|CapEff|Umask)' /proc/self/status; umask; ulimit -a
cat /proc/self/oom_score_adj; ls /proc/self/fd; cut -d' ' -f5-8 /proc/self/stat >&2; readlink /proc/self/fd/0`;
    const direct = await rig.call(script, { PATH: '/usr/bin:/bin' });
    await spawnEngine(direct.path, direct.command);
    const through = await rig.run(script, { PATH: '/usr/bin:/bin' });
    expect(through.out.toString()).toBe(await readFile(join(direct.path, 'out'), 'utf8'));
    expect(through.out.toString()).toMatch(/SigIgn:\t0000000000000000\n[\s\S]*\/dev\/null\n$/);
    // Group, session, no terminal.
    expect(readFileSync(join(through.path, 'err'), 'utf8')).toBe(`${through.shimPid} ${through.shimPid} 0 -1\n`);
  });

  it('serves one engine after another, and two at a time in sessions of their own', async () => {
    const { shimPid: first } = await rig.run('exit 0');
    expect((await rig.run('exit 1')).shimPid).toBe(first);
    const [one, two] = [await rig.begin('exec sleep 30'), await rig.begin('exec sleep 30')];
    const [a, b] = [await runningEngine(one.path), await runningEngine(two.path)];
    expect(a).toMatchObject({ shimPid: first });
    expect(readProcess(b.pid)).toMatchObject({ session: b.shimPid });
    expect(b.shimPid).not.toBe(first);
    for (const { pid } of [a, b]) process.kill(pid, 'SIGINT');
    expect(await waitForEnd(one.path, systemClock, one.ended)).toMatchObject({ kind: 'exited', exitCode: 130 });
    expect(await waitForEnd(two.path, systemClock, two.ended)).toMatchObject({ kind: 'exited', exitCode: 130 });
    for (const engine of [one, two]) engine.release(true);
    await Promise.all([a, b].map(({ shimPid }) => untilGone(shimPid)));
  });

  it('does nothing with a text that is cut off', async () => {
    const { path, command } = await rig.call('touch ran', { A: 'x' });
    const script = engineScript(path, command) ?? '';
    for (let cut = 1; cut < script.length - 1; cut += Math.ceil(script.length / 25)) {
      const child = spawn(shell, shell.endsWith('busybox') ? ['sh', '-s'] : ['-s'], {
        cwd: rig.dir,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.stdin.end(readFileSync(PRELUDE, 'utf8') + script.slice(0, cut));
      await new Promise((resolve) => child.once('exit', resolve));
    }
    expect([existsSync(join(rig.dir, 'ran')), existsSync(join(path, 'pid'))]).toEqual([false, false]);
  });
});

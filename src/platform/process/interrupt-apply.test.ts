import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { createCallDirectory } from './call-directory.ts';
import { interruptApply, signalOf } from './interrupt-apply.ts';
import { readBootId, readProcess } from './proc.ts';

let dir = '';
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'holdfast-interrupt-')), 'apply');
  const intent = { run: 'r', attempt: 1, label: 'apply', binary: '/x', args: ['apply'], cwd: '/', at: 0 };
  await createCallDirectory(dir, intent, false);
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

/** A call whose engine is this very process, which is sent nothing. */
function writePid(startTime = readProcess(process.pid)?.startTime ?? ''): Promise<void> {
  return writeFile(join(dir, 'pid'), `${readBootId()} ${process.pid} ${startTime} ${process.pid}\n`);
}

function interrupt(sent: [number, string][], ended = new AbortController().signal) {
  const kill = (pid: number, signal: string) => void sent.push([pid, signal]);
  return interruptApply({ dir, clock: systemClock, ended, kill });
}

describe('interrupting an apply', () => {
  it("sends one SIGINT to terraform's pid, ever, whoever asks and however often", async () => {
    await writePid();
    const sent: [number, string][] = [];
    const answers = await Promise.all(Array.from({ length: 20 }, () => interrupt(sent)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await interrupt(sent)).toBe(false);
    expect(sent).toEqual([[process.pid, 'SIGINT']]);
    expect(signalOf(dir)).toBe('sent');
  });

  it('waits for a pid that is not there yet, and gives up with the end', async () => {
    const sent: [number, string][] = [];
    const ended = new AbortController();
    const waiting = interrupt(sent, ended.signal);
    ended.abort();
    expect(await waiting).toBe(false);
    const later = interrupt(sent);
    await writePid();
    expect(await later).toBe(true);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['has ended', async () => writeFile(join(dir, 'exit'), '0\n')],
    ['is another process by now', async () => writePid('1')],
    ['never started', async () => writeFile(join(dir, 'pid'), 'never\n')],
  ])('sends nothing where the engine %s', async (_name, change) => {
    await writePid();
    await change();
    const sent: [number, string][] = [];
    // This process leads its session under its own pid, as a shim would: not one that names the directory.
    expect(await interrupt(sent)).toBe(false);
    expect(sent).toEqual([]);
    expect(signalOf(dir)).toBe('none');
  });

  it('sends nothing where an earlier life meant to, whether it did or not', async () => {
    await writePid();
    await writeFile(join(dir, 'signalled'), '');
    const sent: [number, string][] = [];
    expect(await interrupt(sent)).toBe(false);
    expect(sent).toEqual([]);
    expect(signalOf(dir)).toBe('meant');
  });

  it('counts none that could not be sent', async () => {
    await writePid();
    const kill = () => {
      throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
    };
    const ended = new AbortController().signal;
    expect(await interruptApply({ dir, clock: systemClock, ended, kill })).toBe(false);
    expect(signalOf(dir)).toBe('none');
  });
});

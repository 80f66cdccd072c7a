import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import type { AppendLog } from '../log/log-sink.ts';

export interface ApplyLogOptions {
  readonly runDir: string;
  /** Bytes that the control plane has of the run's whole log; null where nobody has asked yet. */
  readonly storedBytes: number | null;
  /** Appends to the run's whole log; answers its size, whether the offset was the right one or not. */
  readonly append: AppendLog;
}

/** The part of a run's log that its apply writes: it begins where the plan's ends, and no life of the worker moves that. */
export interface ApplyLog {
  readonly append: AppendLog;
  /** Bytes of this part that are stored. */
  readonly storedBytes: number;
  /** Where it begins in the run's log. */
  readonly startsAt: number;
}

/** Opens the part, and records where it begins before anything is written to it. */
export async function openApplyLog(options: ApplyLogOptions): Promise<ApplyLog> {
  const { runDir, append } = options;
  const recorded = await readStart(runDir);
  // An empty piece is a question: it stores nothing, and the answer is the size.
  const size = options.storedBytes ?? (await append(0, Buffer.alloc(0)));
  // Nothing of the part was sent before its start was recorded.
  let start = Math.min(recorded ?? size, size);
  if (start !== recorded) await recordStart(runDir, start);
  return {
    storedBytes: size - start,
    startsAt: start,
    async append(offset, bytes) {
      for (;;) {
        const now = await append(start + offset, bytes);
        if (now >= start) return now - start;
        // The plan's part was cut short with it, by a restored database: ours begins there now.
        start = now;
        await recordStart(runDir, start);
        if (offset > 0) return 0;
      }
    },
  };
}

async function readStart(runDir: string): Promise<number | null> {
  const text = await readOrNull(join(runDir, 'log-start'));
  return text?.endsWith('\n') ? Number(text) : null;
}

async function recordStart(runDir: string, start: number): Promise<void> {
  const path = join(runDir, 'log-start');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${start}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

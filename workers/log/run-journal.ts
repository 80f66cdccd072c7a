import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readOrNull } from '../../src/platform/process/call-directory.ts';

/** One part of a run's log, in order: a line of ours, or the output of an engine call (a folder of the run directory). */
const JournalEntry = z.union([z.object({ say: z.string() }), z.object({ call: z.string() })]);
export type JournalEntry = z.infer<typeof JournalEntry>;

/**
 * The order of a run's log, on disk. In a run that was adopted the steps run again and say the same again: what the journal
 * has already is answered from it, so that the log keeps its bytes.
 */
export class RunJournal {
  readonly #path: string;
  readonly #recorded: JournalEntry[];
  #next = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, recorded: JournalEntry[]) {
    this.#path = path;
    this.#recorded = recorded;
  }

  static async open(runDir: string): Promise<RunJournal> {
    const path = join(runDir, 'journal');
    const lines = ((await readOrNull(path)) ?? '').split('\n').slice(0, -1);
    return new RunJournal(
      path,
      lines.map((line) => JournalEntry.parse(JSON.parse(line))),
    );
  }

  /** The entry as it counts: the recorded one of an earlier life, or this one, which is now recorded. */
  add(entry: JournalEntry): JournalEntry {
    const recorded = this.#recorded[this.#next];
    if (recorded && isSameKind(recorded, entry)) {
      this.#next += 1;
      return recorded;
    }
    // It went another way than in its earlier life: what is recorded beyond here never counted.
    this.#next = Number.POSITIVE_INFINITY;
    this.#writing = this.#writing.then(() => appendFile(this.#path, `${JSON.stringify(entry)}\n`, { mode: 0o600 }));
    return entry;
  }

  /** Resolves when everything added is in the file. */
  flush(): Promise<void> {
    return this.#writing;
  }
}

function isSameKind(a: JournalEntry, b: JournalEntry): boolean {
  return 'call' in a && 'call' in b ? a.call === b.call : 'say' in a && 'say' in b;
}

import { appendFileSync, truncateSync } from 'node:fs';
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
  readonly #recorded: readonly JournalEntry[];
  #next = 0;
  #failure: unknown = null;

  private constructor(path: string, recorded: readonly JournalEntry[]) {
    this.#path = path;
    this.#recorded = recorded;
  }

  static async open(runDir: string): Promise<RunJournal> {
    const path = join(runDir, 'journal');
    const text = (await readOrNull(path)) ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    // Half a line, of a full disk or a death: what comes next must not be joined to it.
    if (whole !== text) truncateSync(path, Buffer.byteLength(whole));
    const lines = whole.split('\n').slice(0, -1);
    return new RunJournal(
      path,
      lines.map((line) => JournalEntry.parse(JSON.parse(line))),
    );
  }

  /** What the log goes on with: what an earlier life recorded up to this entry, or the entry, which is now recorded. */
  add(entry: JournalEntry): readonly JournalEntry[] {
    const { known, isNew } = replayed(this.#recorded.slice(this.#next), entry);
    this.#next += known.length;
    if (!isNew) return known;
    this.#write(`${JSON.stringify(entry)}\n`);
    return [...known, entry];
  }

  /** Throws where something that was added is not in the file. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #write(line: string): void {
    if (this.#failure !== null) return;
    try {
      appendFileSync(this.#path, line, { mode: 0o600 });
    } catch (error) {
      this.#failure = error;
    }
  }
}

/**
 * How an entry fits what is still to be replayed. A call is looked for ahead; a line is the next one, whatever it said then,
 * and is dropped where a call comes first: its bytes are not in the stored log. What fits nowhere comes after all of it.
 */
export function replayed(ahead: readonly JournalEntry[], entry: JournalEntry): Replay {
  const first = ahead[0];
  if (!first) return { known: [], isNew: true };
  if ('say' in entry) return { known: 'say' in first ? [first] : [], isNew: false };
  const at = ahead.findIndex((one) => 'call' in one && one.call === entry.call);
  return at < 0 ? { known: ahead, isNew: true } : { known: ahead.slice(0, at + 1), isNew: false };
}

/** Recorded entries that are now replayed, and whether the entry itself is recorded behind them. */
export interface Replay {
  readonly known: readonly JournalEntry[];
  readonly isNew: boolean;
}

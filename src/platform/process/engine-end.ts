import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../../kernel/clock.ts';
import { observe } from './call-directory.ts';
import { type EndVerdict, judge } from './process-evidence.ts';
import { settleEvidence } from './settle-evidence.ts';

const FIRST_POLL_MS = 50;
/** Our own child's end comes by itself: looking is only for a shim that was killed alone. */
const CHILD_POLL_MS = 500;
const SLOWEST_POLL_MS = 1000;

/**
 * Waits for an engine's end: by its shim's end where we spawned it (`shimEnded`), by the directory otherwise, and by looking
 * at the process at growing intervals in any case, since a shim can be killed alone.
 */
export async function waitForEnd(dir: string, clock: Clock, shimEnded?: Promise<void>): Promise<EndVerdict> {
  const bell = new Bell(dir, shimEnded);
  let pollMs = shimEnded ? CHILD_POLL_MS : FIRST_POLL_MS;
  try {
    if (shimEnded) await bell.next(clock, pollMs);
    for (;;) {
      const verdict = judge(await observe(dir));
      // Only who did not spawn it may forbid it: our own shim is just slow.
      const settled = verdict.kind === 'undecided' && bell.hasShimEnded ? await settleEvidence(dir, clock) : verdict;
      if (settled.kind !== 'running' && settled.kind !== 'undecided') return settled;
      await bell.next(clock, pollMs);
      pollMs = Math.min(SLOWEST_POLL_MS, pollMs * 1.2);
    }
  } finally {
    bell.close();
  }
}

/** Wakes when the directory changes or the shim ends. */
class Bell {
  hasShimEnded: boolean;
  readonly #watcher: FSWatcher | null;
  #wake: () => void = () => {};
  #rang = false;

  constructor(dir: string, shimEnded: Promise<void> | undefined) {
    this.hasShimEnded = shimEnded === undefined;
    const ended = () => {
      this.hasShimEnded = true;
      this.#ring();
    };
    shimEnded?.then(ended, ended);
    // Our own child's end tells sooner and costs no watch.
    this.#watcher = shimEnded ? null : watchQuietly(dir, () => this.#ring());
  }

  async next(clock: Clock, timeoutMs: number): Promise<void> {
    if (!this.#rang) {
      let cancel = () => {};
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        cancel = clock.after(timeoutMs, resolve);
      });
      cancel();
    }
    this.#rang = false;
  }

  close(): void {
    this.#watcher?.close();
  }

  #ring(): void {
    this.#rang = true;
    this.#wake();
  }
}

/** A watch, or null where the machine has none left: polling goes on. */
function watchQuietly(dir: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(dir, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

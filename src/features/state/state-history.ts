import type { Readable } from 'node:stream';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { LockService, Tx } from '../locks/index.ts';
import { readingFacts, type StateFacts, StateFactsReader } from './state-facts.ts';
import type { ReceivedState, StateKeeper } from './state-keeper.ts';
import type { StateStore, StateVersion } from './state-store.ts';

export interface StateHistoryDeps {
  readonly db: Database;
  readonly store: StateStore;
  readonly locks: LockService;
  readonly keeper: StateKeeper;
}

/** The kept versions of a stack's state: look at them, get one, make an old one the current one again. */
export class StateHistory {
  readonly #deps: StateHistoryDeps;

  constructor(deps: StateHistoryDeps) {
    this.#deps = deps;
  }

  /** Newest first; go on with `before` = the last one's `sequence`. */
  list(stack: string, limit: number, before: number | null = null): Promise<StateVersion[]> {
    return this.#deps.store.list(this.#deps.db, stack, limit, before);
  }

  /** A version and its bytes (default: the current one). Throws `not_found` where it does not exist (any more). */
  async pull(stack: string, serial: number | null): Promise<{ version: StateVersion; bytes: Readable }> {
    const version = await this.#version(stack, serial);
    return { version, bytes: await this.#deps.keeper.open(version) };
  }

  /**
   * Stores the content of an old version as a new one, with the next serial. Throws `not_found`, or `conflict` while
   * somebody holds the lock, a run of the stack is open, or the state changes meanwhile. Answers the new serial.
   */
  async restore(stack: string, serial: number, actor: string): Promise<number> {
    const { db, store } = this.#deps;
    const current = await this.#version(stack, null);
    const wanted = await this.#version(stack, serial);
    await this.#guard(db, stack, current);
    const received = await this.#renumbered(wanted, current.serial + 1);
    // The check and the write are one transaction: that is the lock, and none can be left over.
    await this.#deps.keeper.settle(received, async (tx: Tx) => {
      await this.#guard(tx, stack, current);
      return { kind: 'store', run: null, who: actor, action: 'state.restored' };
    });
    return (await store.latest(db, stack))?.serial ?? current.serial + 1;
  }

  /**
   * Stores a state that a run could not save, because a person has decided that it is the right one: its content and its
   * lineage, with a serial above the stored one. Refused as `restore` is. Answers the serial.
   */
  async recover(about: { stack: string; run: string; actor: string; open: () => Promise<Readable> }): Promise<number> {
    const { db, store, keeper } = this.#deps;
    const { stack, run, actor, open } = about;
    const current = await store.latest(db, stack);
    await this.#guard(db, stack, current);
    const facts = await factsOf(await open(), { mayBeNew: true });
    const serial = current ? Math.max(facts.serial, current.serial + 1) : facts.serial;
    // One that was never saved has no lineage yet: it gets the stack's, or one of its own.
    const lineage = facts.lineage === '' ? (current?.lineage ?? run) : facts.lineage;
    const changes = [
      { at: facts.serialAt, text: String(serial) },
      { at: facts.lineageAt, text: JSON.stringify(lineage) },
    ].sort((a, b) => b.at.start - a.at.start);
    let bytes: AsyncIterable<Uint8Array> = await open();
    // From the end on, so that no change moves the place of the next.
    for (const { at, text } of changes) bytes = replaceBytes(bytes, at, Buffer.from(text));
    const received = await keeper.receive(stack, bytes, null);
    await keeper.settle(received, async (tx: Tx) => {
      await this.#guard(tx, stack, current);
      return { kind: 'store', run, who: actor, action: 'state.recovered' };
    });
    return serial;
  }

  async #version(stack: string, serial: number | null): Promise<StateVersion> {
    const { db, store } = this.#deps;
    const version = serial === null ? await store.latest(db, stack) : await store.find(db, stack, serial);
    if (version) return version;
    const what = serial === null ? 'no state' : `no version with serial ${serial}`;
    throw new HoldfastError('not_found', `the stack ${stack} has ${what}`, {
      treatment: { kind: 'human', wayOut: `see: holdfast state list ${stack}` },
    });
  }

  async #guard(db: Database, stack: string, current: StateVersion | null): Promise<void> {
    const held = await this.#deps.locks.find(db, stack);
    if (held) throw refused(stack, `it is locked by ${held.holder}`);
    const run = await this.#deps.store.openRun(db, stack);
    if (run !== null) throw refused(stack, `run ${run} is open`);
    const now = await this.#deps.store.latest(db, stack);
    if (now?.sequence !== current?.sequence) throw refused(stack, 'it changed meanwhile');
  }

  async #renumbered(version: StateVersion, serial: number): Promise<ReceivedState> {
    const { serialAt } = await factsOf(await this.#deps.keeper.open(version));
    const bytes = replaceBytes(await this.#deps.keeper.open(version), serialAt, Buffer.from(String(serial)));
    return this.#deps.keeper.receive(version.stack, bytes, null);
  }
}

async function factsOf(bytes: Readable, options = { mayBeNew: false }): Promise<StateFacts> {
  const reader = new StateFactsReader();
  for await (const _ of readingFacts(bytes, reader)) {
    // Read to the end: where the serial stands is known only of a whole, valid document.
  }
  return reader.end(options);
}

/** Passes bytes on with those of `at` replaced. */
export async function* replaceBytes(
  source: AsyncIterable<Uint8Array>,
  at: { readonly start: number; readonly end: number },
  replacement: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let passed = 0;
  let isReplaced = false;
  for await (const chunk of source) {
    const from = passed;
    passed += chunk.length;
    yield chunk.subarray(0, Math.max(0, at.start - from));
    if (!isReplaced && passed > at.start) {
      isReplaced = true;
      yield replacement;
    }
    yield chunk.subarray(Math.min(chunk.length, Math.max(0, at.end - from)));
  }
}

function refused(stack: string, why: string): HoldfastError {
  return new HoldfastError('conflict', `the state of ${stack} is not restored: ${why}`, {
    treatment: { kind: 'human', wayOut: 'wait for its end (or discard, cancel, unlock), then restore again' },
  });
}

import { timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ArtifactStore, StoredArtifact } from '../../platform/artifacts/artifact-store.ts';
import type { ByteSource } from '../../platform/crypto/byte-reader.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { Tx } from '../locks/index.ts';
import type { StateFacts } from './state-facts.ts';
import { StateInspector } from './state-inspector.ts';
import type { StateStore, StateVersion } from './state-store.ts';

export interface StateKeeperDeps {
  readonly db: Database;
  readonly store: StateStore;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Versions kept per stack (`retention.states`). */
  readonly keepVersions: number;
  readonly maxBytes: number;
}

/** A state whose bytes are safely kept and that no row names yet. */
export interface ReceivedState {
  readonly stack: string;
  readonly facts: StateFacts;
  readonly stored: StoredArtifact;
  /** Hex. */
  readonly md5: string;
}

/** What a received state becomes. */
export type Settlement =
  | { readonly kind: 'store'; readonly run: string | null; readonly who: string; readonly action: string }
  | { readonly kind: 'identical' };

/** Keeps versions of states: bytes first (sealed, synced), then the row that makes them the current version. */
export class StateKeeper {
  readonly #deps: StateKeeperDeps;
  readonly #inspector: StateInspector;

  constructor(deps: StateKeeperDeps) {
    this.#deps = deps;
    this.#inspector = new StateInspector(deps.clock);
  }

  /** Receives bytes: checked, hashed, sealed. Throws `invalid`, `too_large`, `busy`; nothing is kept then. */
  async receive(stack: string, source: ByteSource, contentMd5: string | null): Promise<ReceivedState> {
    const options = { context: contextOf(stack), maxBytes: this.#deps.maxBytes };
    const { bytes, end } = this.#inspector.inspect(source);
    const stored = await this.#deps.artifacts.put(bytes, options);
    try {
      const { facts, md5 } = await end();
      if (contentMd5 !== null) checkMd5(contentMd5, md5);
      return { stack, facts, stored, md5 };
    } catch (error) {
      await this.#discard(stored.path);
      throw error;
    }
  }

  /**
   * Decides in one transaction what the received state becomes. A refusal (`HoldfastError`) or an identical one drops
   * the bytes; after any other error they stay for the sweep, since nobody knows whether the row was committed.
   */
  async settle(received: ReceivedState, decide: (tx: Tx) => Promise<Settlement>): Promise<Settlement['kind']> {
    const { stack, stored } = received;
    let pruned: StateVersion[] = [];
    try {
      const kind = await this.#deps.db.transaction().execute(async (tx) => {
        const settlement = await decide(tx);
        if (settlement.kind === 'store') {
          await this.#append(tx, received, settlement);
          pruned = await this.#deps.store.prune(tx, stack, this.#deps.keepVersions);
        }
        return settlement.kind;
      });
      if (kind === 'identical') await this.#discard(stored.path);
      for (const version of pruned) await this.#discard(version.path);
      return kind;
    } catch (error) {
      if (error instanceof HoldfastError) await this.#discard(stored.path);
      throw error;
    }
  }

  /** The clear bytes of a version; rejects with `internal` where they cannot be read or are not its own. */
  open(version: StateVersion): Promise<Readable> {
    return this.#deps.artifacts.open(version, contextOf(version.sealed_as ?? version.stack));
  }

  async #append(tx: Tx, received: ReceivedState, how: Settlement & { kind: 'store' }): Promise<void> {
    const { stack, facts, stored, md5 } = received;
    const { serial, lineage } = facts;
    const last = await this.#deps.store.latest(tx, stack);
    const at = this.#deps.clock.now();
    await this.#deps.store.append(tx, {
      ...stored,
      md5,
      stack,
      serial,
      lineage,
      run: how.run,
      who: how.who,
      terraform_version: facts.terraformVersion,
      sequence: (last?.sequence ?? 0) + 1,
      created_at: at,
      sealed_as: null,
    });
    const about = { serial, lineage, digest: stored.digest, size: stored.size, run: how.run };
    await appendAudit(tx, { at, actor: how.who, action: how.action, subject: stack, stack, facts: about });
  }

  /** What cannot be deleted now is found by the sweep of orphans: never a reason to fail. */
  async #discard(path: string): Promise<void> {
    await this.#deps.artifacts.delete(path).catch((error: unknown) => {
      this.#deps.log.warn({ path, error: messageOf(error) }, 'the bytes of a state could not be deleted');
    });
  }
}

/** Binds the sealed bytes to the stack; the digest in the row binds them to the version. */
function contextOf(stack: string): string {
  return `state|${stack}`;
}

function checkMd5(sent: string, md5: string): void {
  const expected = Buffer.from(sent, 'base64');
  const actual = Buffer.from(md5, 'hex');
  if (expected.length === actual.length && timingSafeEqual(expected, actual)) return;
  throw new HoldfastError('invalid', `the bytes received are not those of Content-MD5 ${sent.slice(0, 40)}`, {
    treatment: { kind: 'human', wayOut: 'send them again' },
  });
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBootId } from '../src/platform/process/proc.ts';
import type { ControlClient } from './control/control-client.ts';
import { type RetryOptions, retryForever } from './control/retry.ts';

/**
 * `root/claims/<claim id>`: asked for, and nothing begun of it. A note is there before the control plane is asked and goes
 * before anything of what was answered is started, so the notes that a worker finds of an earlier life (its root is its
 * alone) prove that those claims were never begun.
 */
export class ClaimNotes {
  readonly #dir: string;
  readonly #bootId = readBootId();

  constructor(root: string) {
    this.#dir = join(root, 'claims');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** Ids of claims that were never begun. Notes of an earlier boot are removed: a power cut may bring back one that was gone. */
  list(): string[] {
    const ids = readdirSync(this.#dir);
    const proven = ids.filter((id) => readFileSync(join(this.#dir, id), 'utf8') === this.#bootId);
    for (const id of ids) if (!proven.includes(id)) this.remove(id);
    return proven;
  }

  /** Before the control plane is asked; throws where it cannot be written, and then nothing may be asked for. */
  add(claimId: string): void {
    try {
      writeFileSync(join(this.#dir, claimId), this.#bootId, { mode: 0o600 });
    } catch (error) {
      this.remove(claimId);
      throw error;
    }
  }

  /** Before anything is begun, or when there is nothing to begin. */
  remove(claimId: string): void {
    rmSync(join(this.#dir, claimId), { force: true });
  }
}

export interface GiveBackDeps {
  readonly client: Pick<ControlClient, 'tellUnbegun'>;
  readonly notes: ClaimNotes;
  readonly worker: string;
  readonly retry: RetryOptions;
}

const AT_ONCE = 1000;

/** Tells the control plane of claims that an earlier life made and never began, so that nobody waits for their leases. */
export async function giveBackClaims(ids: readonly string[], deps: GiveBackDeps): Promise<void> {
  const { client, notes, worker, retry } = deps;
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const claims = ids.slice(at, at + AT_ONCE);
    await retryForever('unbegun', () => client.tellUnbegun({ worker, claims }), retry);
    for (const id of claims) notes.remove(id);
  }
}

import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { DestroyPlanner } from './destroy-planner.ts';
import { newRun } from './new-run.ts';
import type { RunDoor } from './run-door.ts';
import type { AffectedStack, GoneStack, HeadRuns, RunPlanner, Tx } from './run-ports.ts';
import type { RunWriter } from './run-store.ts';
import { fateOf } from './supersede.ts';

export interface RunPlannerDeps {
  readonly store: RunWriter;
  readonly door: RunDoor;
  readonly clock: Clock;
  readonly random: Random;
  readonly destroys: DestroyPlanner;
  /** Rings the doorbell of everything admissible. Never throws. */
  readonly ring: () => void;
}

/** Makes the runs of a processed head: one queued plan per touched stack, older ones superseded. */
export class HeadRunPlanner implements RunPlanner {
  readonly #deps: RunPlannerDeps;

  constructor(deps: RunPlannerDeps) {
    this.#deps = deps;
  }

  async planHead(tx: Tx, head: HeadRuns): Promise<{ created: string[]; superseded: string[] }> {
    const created: string[] = [];
    const superseded: string[] = [];
    superseded.push(...(await this.takeBack(tx, head.gone ?? [])));
    for (const stack of head.deleted ?? []) {
      const run = await this.#deps.destroys.plan(tx, { ...head, stack }, 'system');
      if (run !== null) created.push(run);
    }
    for (const stack of head.affected) {
      const open = await this.#deps.store.openIn(tx, stack.entry.name);
      const id = newId(this.#deps.clock, this.#deps.random);
      superseded.push(...(await this.#supersede(tx, open, stack, { id, commit: head.commit })));
      if (open.some((run) => fateOf(run, stack.inputsDigest) === 'joins')) continue;
      await this.#open(tx, id, stack, head);
      created.push(id);
    }
    return { created, superseded };
  }

  async takeBack(tx: Tx, gone: readonly GoneStack[]): Promise<string[]> {
    const moved: string[] = [];
    for (const stack of gone) moved.push(...(await this.#retire(tx, stack)));
    return moved;
  }

  ring(): void {
    this.#deps.ring();
  }

  /** Takes back what waits for a stack that is gone or held; what a worker holds ends by itself. */
  async #retire(tx: Tx, { stack, reason, isBack }: GoneStack): Promise<string[]> {
    const moved: string[] = [];
    for (const run of await this.#deps.store.openIn(tx, stack)) {
      const fate = fateOf(run, '');
      if (typeof fate === 'string' || (run.kind === 'destroy' && isBack !== true)) continue;
      await this.#deps.door.move(tx, run, fate.to, { actor: 'system', reason });
      moved.push(run.id);
    }
    return moved;
  }

  async #supersede(
    tx: Tx,
    open: readonly RunTable[],
    stack: AffectedStack,
    newer: { id: string; commit: string },
  ): Promise<string[]> {
    const moved: string[] = [];
    for (const run of open) {
      const fate = fateOf(run, stack.inputsDigest);
      if (typeof fate === 'string') continue;
      const reason = `a newer head ${newer.commit.slice(0, 12)} changed this stack's inputs`;
      await this.#deps.door.move(tx, run, fate.to, { actor: 'system', reason });
      moved.push(run.id);
    }
    return moved;
  }

  async #open(tx: Tx, id: string, stack: AffectedStack, head: HeadRuns): Promise<void> {
    const at = this.#deps.clock.now();
    const specDigest = await this.#deps.store.saveSpec(tx, stack.spec, at);
    const run = newRun({
      id,
      stack: stack.entry.name,
      repository: head.repository,
      commit: head.commit,
      base: head.base,
      kind: 'plan',
      trigger: 'push',
      speculative: false,
      author: head.author,
      message: head.message,
      reasons: stack.reasons,
      specDigest,
      inputsDigest: stack.inputsDigest,
      at,
    });
    await this.#deps.door.open(tx, run, 'system');
  }
}

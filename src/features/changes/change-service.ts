import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import { appendAudit } from '../audit/index.ts';
import type { HeadProcessor, HeadStore, HeadToProcess } from '../repos/index.ts';
import type { AffectedStack, DeletedStack, RunPlanner, Tx } from '../runs/index.ts';
import {
  type BlobFacts,
  type GraphOptions,
  inputsDigest,
  type LoadedGraph,
  loadGraph,
  type ReadRepositoryConfig,
  type StackStore,
  stackNeeds,
  toRunSpec,
  unreadableText,
} from '../stacks/index.ts';
import { decideHead } from './decide-head.ts';
import { detectChanges } from './detect-changes.ts';
import { GraphShelf } from './graph-shelf.ts';
import type { HeadDecision } from './head-decision.ts';
import { type HeadDependencies, refuseFaulty } from './head-dependencies.ts';
import { type HeadOverlay, noOverlay, type OverlaidCommit, type OverlaidHead } from './head-overlay.ts';
import { displacedNames, readHeadRows } from './head-rows.ts';
import { emptied, faultText, noticeOf } from './head-texts.ts';
import { loadRange } from './load-range.ts';
import type { Notices } from './notices.ts';
import { renamedDirs } from './renamed-dirs.ts';
import type { SeenHead } from './seen-head.ts';

export interface ChangeServiceDeps {
  readonly db: Database;
  readonly stacks: StackStore;
  readonly heads: HeadStore;
  readonly planner: RunPlanner;
  readonly facts: BlobFacts;
  readonly readConfig: ReadRepositoryConfig;
  /** What server.yaml says about a repository. */
  readonly optionsOf: (repository: string) => GraphOptions;
  /** `limits.deletions`: more stacks deleted by one push are held. */
  readonly maxDeletions: number;
  readonly dependencies: HeadDependencies;
  readonly notices: Notices;
  /** What belongs to commits and is not in Git; default: nothing. */
  readonly overlay?: HeadOverlay;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Turns heads into rows of stacks and runs, in one transaction with the mark that says so. */
export class ChangeService implements HeadProcessor {
  readonly #deps: ChangeServiceDeps;
  readonly #shelf = new GraphShelf();
  readonly #overlay: HeadOverlay;
  readonly #readConfig: ReadRepositoryConfig;

  constructor(deps: ChangeServiceDeps) {
    this.#deps = deps;
    this.#overlay = deps.overlay ?? noOverlay;
    this.#readConfig = this.#overlay.reader(deps.readConfig);
  }

  /**
   * Processes a head. A broken holdfast.yaml throws `invalid` before anything is written, so that the next good head is
   * compared with the last processed one.
   */
  async process(head: HeadToProcess): Promise<void> {
    const { facts, clock, log } = this.#deps;
    const { repository, mirror } = head;
    const startedAt = clock.now();
    const over = await this.#overlay.ofHead(head);
    const { objects, base } = over;
    const known = this.#shelf.get(repository);
    const { before, after, moved } = await loadRange({
      ...{ objects, base, head: over.commit, facts },
      options: this.#deps.optionsOf(repository),
      readConfig: this.#readConfig,
      known,
    });
    if (after.graph.tree.isEmpty) throw emptied(head);
    const files = base === null ? [] : await objects.diff(base, over.commit);
    const changed = detectChanges({ base: before?.graph ?? null, head: after.graph, files, moved });
    const { author, subject: message } = await mirror.commitInfo(head.commit);
    const renamed = renamedDirs(files, before?.graph ?? null);
    if (before && moved) stackNeeds(after, { loaded: before, moved });
    // A head that is processed once more is so because rows of stacks are others than it left them.
    const isNext = base !== null && known?.commit === base && base !== over.commit;
    const seen = {
      ...{ before, after: { ...after, commit: head.commit }, changed, renamed, by: { author, message } },
      moved: isNext ? moved : null,
    };
    const decision = await this.#write(head, seen, over);
    this.#shelf.put(repository, after);
    log.info(
      {
        repository,
        commit: head.commit,
        files: files.length,
        stacks: after.graph.stacks.size,
        runs: decision.affected.length,
        ms: clock.now() - startedAt,
      },
      'a head was processed',
    );
    for (const problem of decision.problems) log.warn({ repository, problem }, 'a stack was left out');
    this.#deps.planner.ring();
    this.#overlay.ring();
  }

  /** One stack as it is at a commit, for a run that a person asked for. Throws `not_found`. */
  async stackAt(
    at: { readonly repository: string; readonly commit: string; readonly objects: GitObjects },
    stack: string,
  ): Promise<AffectedStack> {
    const loaded = await this.graphAt(at);
    const node = loaded.graph.stacks.get(stack);
    if (!node) {
      throw new HoldfastError('not_found', `there is no stack "${stack}" at commit ${at.commit.slice(0, 12)}`, {
        treatment: { kind: 'human', wayOut: 'list the stacks of the head with: holdfast stacks' },
      });
    }
    const { tree } = loaded.graph;
    const faults = await this.#deps.dependencies.faults(this.#deps.db, loaded);
    const found = {
      entry: node.entry,
      spec: loaded.amend(toRunSpec(node, tree, at.repository)),
      inputsDigest: inputsDigest(node, tree),
      reasons: [],
      unreadable: unreadableText(node),
    };
    return refuseFaulty(found, faults.get(stack));
  }

  /** The graph of a commit: the last processed one is at hand, others are read. */
  async graphAt(at: {
    readonly repository: string;
    readonly commit: string;
    readonly objects: GitObjects;
  }): Promise<LoadedGraph & Pick<OverlaidCommit, 'amend'>> {
    const { objects, commit, amend } = await this.#overlay.at(at);
    const known = this.#shelf.get(at.repository);
    if (known?.commit === commit) return { ...known, amend };
    const options = this.#deps.optionsOf(at.repository);
    return { ...(await loadGraph({ objects, commit, options }, this.#deps.facts, this.#readConfig)), amend };
  }

  async #write(head: HeadToProcess, seen: SeenHead, over: OverlaidHead): Promise<HeadDecision> {
    const { stacks, heads, planner, clock, maxDeletions } = this.#deps;
    const { repository, commit, base, makesRuns } = head;
    return this.#deps.db.transaction().execute(async (tx) => {
      const at = clock.now();
      const { rows, nodes } = await readHeadRows(stacks, tx, { repository, ...seen });
      const own = new Set(rows.map(({ name }) => name));
      // A name is there once in the database: what has a row here is nobody else's.
      const taken = await stacks.takenElsewhere(
        tx,
        repository,
        [...nodes.keys()].filter((name) => !own.has(name)),
      );
      const displaced = displacedNames(rows, seen.after);
      const [bound, busy] = [await stacks.bound(tx, displaced), await stacks.busy(tx, displaced)];
      const decision = decideHead({
        repository,
        rows,
        nodes,
        taken,
        bound,
        busy,
        maxDeletions,
        makesRuns,
        at,
        ...seen,
      });
      for (const { from, to } of decision.moves) await this.#move(tx, { from, to, at, seen });
      await stacks.save(tx, decision.rows);
      await auditRetired(tx, decision.rows, at);
      const faults = await this.#dependencies(tx, repository, seen.after, taken);
      const { gone } = decision;
      const affected = decision.affected
        .filter(({ entry }) => !over.silent.has(entry.name))
        .map((stack) => refuseFaulty({ ...stack, spec: over.amend(stack.spec) }, faults.get(stack.entry.name)));
      const deleted = decision.deleted.map((stack) => amendFallback(stack, over));
      await over.save(tx);
      await planner.planHead(tx, { repository, commit, base, ...seen.by, affected, gone, deleted });
      await this.#deps.dependencies.settle(tx);
      if (decision.heldBack.length > 0) await this.#deps.notices.tell(tx, noticeOf(head, seen, decision.heldBack));
      const problems = [...over.problems, ...decision.problems, ...[...faults.values()].map(faultText)].map(
        (message) => ({ message }),
      );
      const configError = problems.length > 0 ? JSON.stringify(problems) : null;
      await heads.markProcessed(tx, { repository, commit, at, configError });
      return decision;
    });
  }

  async #dependencies(tx: Tx, repository: string, loaded: LoadedGraph, taken: ReadonlyMap<string, string>) {
    const { dependencies } = this.#deps;
    await dependencies.write(tx, { repository, loaded, isOther: (stack) => taken.has(stack) });
    return dependencies.faults(tx, loaded);
  }

  /** What waits under the old name is taken back first: under the new one it is planned afresh. */
  async #move(tx: Tx, { from, to, at, seen }: { from: string; to: string; at: number; seen: SeenHead }): Promise<void> {
    const { stacks, planner } = this.#deps;
    await planner.takeBack(tx, [
      { stack: from, reason: `git moved its directory: it is stack ${to} now`, isBack: true },
    ]);
    await stacks.rename(tx, from, to);
    const facts = { from, to, commit: seen.after.commit };
    await appendAudit(tx, { at, actor: 'system', action: 'stack.moved', subject: to, stack: to, facts });
  }
}

async function auditRetired(tx: Tx, rows: readonly StackTable[], at: number): Promise<void> {
  for (const { name, dir, retired_at: retired } of rows) {
    if (retired !== at) continue;
    const facts = { dir, reason: 'it is gone from the head, and never made anything' };
    await appendAudit(tx, { at, actor: 'system', action: 'stack.retired', subject: name, stack: name, facts });
  }
}

/** What stands in for a destroy's spec, with what its stack needs beyond its files. */
function amendFallback(stack: DeletedStack, { amend }: OverlaidHead): DeletedStack {
  return stack.fallback ? { ...stack, fallback: { ...stack.fallback, spec: amend(stack.fallback.spec) } } : stack;
}

import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import type { HeadProcessor, HeadStore, HeadToProcess } from '../repos/index.ts';
import type { AffectedStack, RunPlanner } from '../runs/index.ts';
import {
  type BlobFacts,
  type GraphOptions,
  inputsDigest,
  type LoadedGraph,
  loadGraph,
  type ReadRepositoryConfig,
  type StackStore,
  toRunSpec,
  unreadableText,
} from '../stacks/index.ts';
import { decideHead, type HeadDecision } from './decide-head.ts';
import { detectChanges } from './detect-changes.ts';
import { GraphShelf } from './graph-shelf.ts';
import { loadRange } from './load-range.ts';

export interface ChangeServiceDeps {
  readonly db: Database;
  readonly stacks: StackStore;
  readonly heads: HeadStore;
  readonly planner: RunPlanner;
  readonly facts: BlobFacts;
  readonly readConfig: ReadRepositoryConfig;
  /** What server.yaml says about a repository. */
  readonly optionsOf: (repository: string) => GraphOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Turns heads into rows of stacks and runs, in one transaction with the mark that says so. */
export class ChangeService implements HeadProcessor {
  readonly #deps: ChangeServiceDeps;
  readonly #shelf = new GraphShelf();

  constructor(deps: ChangeServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Processes a head. A broken holdfast.yaml throws `invalid` before anything is written, so that the next good head is
   * compared with the last processed one.
   */
  async process(head: HeadToProcess): Promise<void> {
    const { facts, readConfig, clock, log } = this.#deps;
    const { repository, mirror } = head;
    const startedAt = clock.now();
    const { before, after } = await loadRange({
      objects: mirror,
      base: head.base,
      head: head.commit,
      options: this.#deps.optionsOf(repository),
      facts,
      readConfig,
      known: this.#shelf.get(repository),
    });
    const files = head.base === null ? [] : await mirror.diff(head.base, head.commit);
    const changed = detectChanges({ base: before?.graph ?? null, head: after.graph, files });
    const { author, subject: message } = await mirror.commitInfo(head.commit);
    const decision = await this.#write(head, after, changed, { author, message });
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
    return {
      entry: node.entry,
      spec: toRunSpec(node, tree, loaded.facts, at.repository),
      inputsDigest: inputsDigest(node, tree),
      reasons: [],
      unreadable: unreadableText(node),
    };
  }

  /** The graph of a commit: the last processed one is at hand, others are read. */
  async graphAt(at: {
    readonly repository: string;
    readonly commit: string;
    readonly objects: GitObjects;
  }): Promise<LoadedGraph> {
    const known = this.#shelf.get(at.repository);
    if (known?.commit === at.commit) return known;
    const options = this.#deps.optionsOf(at.repository);
    return loadGraph({ objects: at.objects, commit: at.commit, options }, this.#deps.facts, this.#deps.readConfig);
  }

  async #write(
    head: HeadToProcess,
    after: LoadedGraph,
    changed: ReturnType<typeof detectChanges>,
    by: { readonly author: string; readonly message: string },
  ): Promise<HeadDecision> {
    const { stacks, heads, planner, clock } = this.#deps;
    const { repository, commit, base, makesRuns } = head;
    return this.#deps.db.transaction().execute(async (tx) => {
      const at = clock.now();
      const rows = await stacks.ofRepository(tx, repository);
      const taken = await stacks.takenElsewhere(tx, repository, [...after.graph.stacks.keys()]);
      const hasBase = base !== null;
      const decision = decideHead({ repository, rows, taken, after, changed, hasBase, makesRuns, at });
      await stacks.save(tx, decision.rows);
      const { affected, rows: touched } = decision;
      await planner.planHead(tx, { repository, commit, base, ...by, affected, gone: goneOf(touched) });
      const problems = decision.problems.map((message) => ({ message }));
      const configError = problems.length > 0 ? JSON.stringify(problems) : null;
      await heads.markProcessed(tx, { repository, commit, at, configError });
      return decision;
    });
  }
}

/** Rows for which nothing may be planned, each with why. */
function goneOf(rows: readonly StackTable[]): { stack: string; reason: string }[] {
  return rows.flatMap((row) => {
    if (row.deleted_at !== null) return [{ stack: row.name, reason: 'its directory is gone from the head' }];
    return row.held === null ? [] : [{ stack: row.name, reason: `the stack is held: ${row.held}` }];
  });
}

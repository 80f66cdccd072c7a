import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { CdktfAppTable, SynthTable } from '../../platform/db/schema-cdktf.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import type { HeadOverlay, OverlaidCommit, OverlaidHead } from '../changes/index.ts';
import type { HeadToProcess } from '../repos/index.ts';
import type { RunSpec, Tx } from '../runs/index.ts';
import type { ConfiguredStack, ReadRepositoryConfig, StackNaming } from '../stacks/index.ts';
import { REPOSITORY_FILE } from '../stacks/index.ts';
import { type AppLayer, type LaidStack, layerOf } from './app-layer.ts';
import { createAppSources } from './app-sources.ts';
import { ApplessCommits } from './appless-commits.ts';
import { below, type CdktfApp, OUTPUT } from './cdktf-app.ts';
import { findApps, mayHaveApps } from './find-apps.ts';
import { overlaidReader } from './overlaid-config.ts';
import { OverlaidObjects, type ReadTar } from './overlaid-objects.ts';
import type { SynthesisedStack, SynthStore } from './synth-store.ts';

export interface AppOverlayDeps {
  readonly store: SynthStore;
  /** What a finished synthesis gave. */
  readonly resultOf: (key: string) => Promise<readonly SynthesisedStack[] | null>;
  readonly readTar: ReadTar;
  readonly readConfig: ReadRepositoryConfig;
  readonly namingOf: (repository: string) => StackNaming;
  readonly clock: Clock;
  /** Rings for syntheses that wait. */
  readonly ring: () => void;
}

/** An app of a head with what is known of its synthesis. */
interface SeenApp {
  readonly app: CdktfApp;
  readonly row: CdktfAppTable | null;
  readonly synth: SynthTable | null;
  readonly layer: AppLayer | null;
  /** The synthesis that the layer is. */
  readonly laidKey: string | null;
}

interface SeenApps {
  readonly seen: readonly SeenApp[];
  readonly problems: readonly string[];
}

const NOTHING_SEEN: SeenApps = { seen: [], problems: [] };

/** A failed synthesis is tried again by a head that comes so much later. */
const RETRY_MS = 60_000;
const CONFIG_BYTES = 1024 * 1024;

/**
 * Lays synthesised stacks over heads. Where an app's synthesis is not done, or failed, its stacks stay what they were, so
 * that nothing waits for it and nothing is taken for deleted; when it is done, the head is processed once more.
 */
export class AppOverlay implements HeadOverlay {
  readonly #deps: AppOverlayDeps;
  readonly #sources = createAppSources();
  readonly #appless = new ApplessCommits();

  constructor(deps: AppOverlayDeps) {
    this.#deps = deps;
  }

  reader(read: ReadRepositoryConfig): ReadRepositoryConfig {
    return overlaidReader(read);
  }

  ring(): void {
    this.#deps.ring();
  }

  async ofHead(head: HeadToProcess): Promise<OverlaidHead> {
    const { repository, mirror, commit, base } = head;
    const rows = await this.#deps.store.apps(repository);
    const isAppless = rows.length === 0 && (await this.#appless.follows(repository, commit, mirror));
    const { seen, problems } = isAppless ? NOTHING_SEEN : await this.#look(repository, commit, mirror, rows);
    if (seen.length === 0 && problems.length === 0) this.#appless.remember(repository, commit);
    if (seen.length === 0 && rows.length === 0)
      return { ...plain(mirror, commit), base, problems, silent: new Set(), save: async () => {} };
    const objects = new OverlaidObjects(mirror, this.#deps.readTar);
    const laid = seen.flatMap(({ app, layer }) => layer ?? [{ dir: app.dir, stacks: [] }]);
    const before = await Promise.all(rows.map((row) => this.#applied(row)));
    return {
      objects,
      commit: await objects.lay(commit, laid),
      base: base === null ? null : await objects.lay(base, before),
      problems: [...problems, ...seen.flatMap(({ app, synth }) => failureOf(app, synth))],
      silent: silentOf(seen),
      amend: amender([...before, ...laid]),
      save: (tx) => this.#save(tx, head, seen, rows),
    };
  }

  async at(at: { repository: string; commit: string; objects: GitObjects }): Promise<OverlaidCommit> {
    const rows = await this.#deps.store.apps(at.repository);
    if (await this.#appless.follows(at.repository, at.commit, at.objects)) return plain(at.objects, at.commit);
    const { seen } = await this.#look(at.repository, at.commit, at.objects, rows);
    if (seen.length === 0) return plain(at.objects, at.commit);
    const objects = new OverlaidObjects(at.objects, this.#deps.readTar);
    const laid = seen.flatMap(({ app, layer }) => layer ?? [{ dir: app.dir, stacks: [] }]);
    return { objects, commit: await objects.lay(at.commit, laid), amend: warned(seen, amender(laid)) };
  }

  async #look(
    repository: string,
    commit: string,
    objects: GitObjects,
    rows: readonly CdktfAppTable[],
  ): Promise<SeenApps> {
    const entries = await objects.listTree(commit);
    const own = entries.find(({ path, mode }) => path === REPOSITORY_FILE && mode !== '120000');
    const bytes = own ? ((await objects.readBlobs([own.sha], CONFIG_BYTES)).get(own.sha) ?? null) : null;
    // What is wrong with it is said by whoever reads it next.
    const { config } = await this.#deps.readConfig(bytes);
    if (!mayHaveApps(entries, config)) return { seen: [], problems: [] };
    const naming = this.#deps.namingOf(repository);
    const found = await findApps({ repository, entries, config, naming, objects, sources: this.#sources });
    const seen = await Promise.all(
      found.apps.map((app) => this.#see(app, rows.find(({ dir }) => dir === app.dir) ?? null)),
    );
    return { seen, problems: found.problems };
  }

  async #see(app: CdktfApp, row: CdktfAppTable | null): Promise<SeenApp> {
    const synth = await this.#deps.store.find(app.key);
    const fresh = synth?.status === 'done' ? await this.#deps.resultOf(app.key) : null;
    const laidKey = fresh ? app.key : (row?.applied_key ?? null);
    const stacks = fresh ?? (laidKey === null ? null : await this.#deps.resultOf(laidKey));
    return { app, row, synth, layer: stacks && layerOf(app.settings, stacks), laidKey };
  }

  async #applied(row: CdktfAppTable): Promise<AppLayer> {
    const stacks = row.applied_key === null ? null : await this.#deps.resultOf(row.applied_key);
    const settings = JSON.parse(row.settings) as ConfiguredStack;
    return stacks ? layerOf(settings, stacks) : { dir: row.dir, stacks: [] };
  }

  async #save(tx: Tx, head: HeadToProcess, seen: readonly SeenApp[], rows: readonly CdktfAppTable[]): Promise<void> {
    const { store, clock } = this.#deps;
    const at = clock.now();
    const { repository, commit } = head;
    for (const { app, row, synth, laidKey } of seen) {
      if (laidKey === app.key && laidKey !== row?.applied_key && !(await store.findIn(tx, laidKey)))
        throw new HoldfastError(
          'busy',
          `the synthesis of app "${app.name}" was forgotten while it was read; it is made again`,
        );
      const isApplied = laidKey === app.key;
      const isSilent = row ? row.is_silent === 1 && !isApplied : !head.makesRuns && !isApplied;
      await store.saveApp(tx, {
        repository,
        dir: app.dir,
        settings: JSON.stringify(app.settings),
        wanted_key: app.key,
        applied_key: laidKey,
        is_silent: isSilent ? 1 : 0,
      });
      const isSpent = synth?.status === 'failed' && (synth.finished_at ?? 0) + RETRY_MS < at;
      if (synth === null || isSpent) await store.queue(tx, newSynth(repository, commit, app, at));
    }
    const dirs = new Set(seen.map(({ app }) => app.dir));
    for (const { dir } of rows) if (!dirs.has(dir)) await store.dropApp(tx, repository, dir);
  }
}

function plain(objects: GitObjects, commit: string): OverlaidCommit {
  return { objects, commit, amend: (spec) => spec };
}

function newSynth(repository: string, commit: string, { key, name, dir, job }: CdktfApp, at: number): SynthTable {
  return {
    ...{ key, repository, app: name, dir, commit_sha: commit, job: JSON.stringify(job) },
    ...{ status: 'queued', attempt: 0, claim_id: null, worker: null, lease_until: null, not_before: at },
    ...{ error: null, created_at: at, finished_at: null },
  };
}

function failureOf(app: CdktfApp, synth: SynthTable | null): string[] {
  if (synth?.status !== 'failed') return [];
  return [`CDKTF app "${app.name}": ${synth.error ?? 'its synthesis failed'}; its stacks stay as they were`];
}

/** Their first synthesis is over, and the repository's first sight was to be ignored. */
function silentOf(seen: readonly SeenApp[]): ReadonlySet<string> {
  const silent = seen.filter(
    ({ row, laidKey }) => row?.is_silent === 1 && row.applied_key === null && laidKey !== null,
  );
  return new Set(silent.flatMap(({ layer }) => layer?.stacks.map(({ settings }) => settings.name ?? '') ?? []));
}

function amender(layers: readonly AppLayer[]): OverlaidCommit['amend'] {
  const byDir = new Map(layers.flatMap(({ stacks }) => stacks.map((stack) => [stack.settings.dir, stack] as const)));
  return (spec) => {
    const laid = byDir.get(spec.dir);
    return laid ? withTar(spec, laid) : spec;
  };
}

/** A plan by hand of what an app gave before it failed says so. */
function warned(seen: readonly SeenApp[], amend: OverlaidCommit['amend']): OverlaidCommit['amend'] {
  const failed = seen.flatMap(({ app, synth }) => failureOf(app, synth).map((text) => ({ app, text })));
  return (spec) => {
    const texts = failed.filter(({ app }) => spec.dir.startsWith(below(app.dir, `${OUTPUT}/`))).map(({ text }) => text);
    const remark = [...(spec.remark === undefined ? [] : [spec.remark]), ...texts].join('; ');
    return remark === '' ? amend(spec) : { ...amend(spec), remark };
  };
}

/** Its working copy holds what the app synthesised, and nothing else. */
function withTar(spec: RunSpec, { tar, settings, problem }: LaidStack): RunSpec {
  const file = `${settings.dir}/cdk.tf.json`;
  const refused = problem === null ? spec.refused : { summary: problem, file, line: null };
  const source = { scope: 'closure' as const, digest: tar, paths: [settings.dir] };
  return { ...spec, source, synth: tar, refused };
}

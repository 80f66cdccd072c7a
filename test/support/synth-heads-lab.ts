import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Header } from 'tar';
import {
  AppDesk,
  AppOverlay,
  readTarFiles,
  SqlSynthRetention,
  SqlSynthStore,
  SynthDesk,
  SynthRetention,
} from '../../src/features/cdktf/index.ts';
import type { SynthAssignment, SynthOutcome, SynthStack } from '../../src/features/execution/synth-protocol.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDiskArtifactStore } from '../../src/platform/artifacts/disk-artifact-store.ts';
import { openDocumentStore } from '../../src/platform/artifacts/document-store.ts';
import { openKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../src/platform/crypto/record-cipher.ts';
import type { GitMirror } from '../../src/platform/git/git-objects.ts';
import { makeChangeLab } from './change-lab.ts';
import { ManualClock } from './manual-clock.ts';
import { readTestConfig, testNaming } from './stack-fixtures.ts';

/** A stack that an app is to have synthesised: its cdk.tf.json as an object. */
export interface FakeStack {
  readonly name: string;
  readonly json: object;
  readonly depends_on?: readonly string[];
  readonly problem?: string;
}

/** Heads with CDKTF apps, over a real repository and database; the test is the worker. */
export async function makeSynthHeadsLab() {
  const dir = mkdtempSync(join(tmpdir(), 'hf-synth-heads-'));
  const clock = new ManualClock();
  const notices: string[] = [];
  const ports = { clock, random: systemRandom };
  const cipher = createRecordCipher(await openKeyRing(join(dir, 'keys'), ports), systemRandom);
  const tars = await openDiskArtifactStore(join(dir, 'tars'), { ...ports, cipher });
  const results = await openDocumentStore(join(dir, 'results'));
  const made: { desk?: SynthDesk; apps?: AppDesk } = {};
  const lab = await makeChangeLab(async ({ db, repos }) => {
    const store = new SqlSynthStore(db);
    const desk = new SynthDesk({
      ...{ db, store, results, tars, clock, logger: silentLogger, leaseMs: 30_000 },
      sources: { archive: async () => Readable.from([]), packed: async () => null },
      environmentFor: () => [
        { phase: 'init', pass: [], values: { NPM_TOKEN: 'n' } },
        { phase: 'all', pass: ['AWS_*'], values: {} },
      ],
      reopen: (tx, repository, at) => repos.reopenHead(tx, repository, at),
      hint: () => {},
      notices: { tell: async (_tx, { title, sentences }) => void notices.push([title, ...sentences].join(' ')) },
    });
    made.desk = desk;
    made.apps = new AppDesk({
      ...{ db, store, clock, isWatched: () => true, hint: () => {}, ring: () => {} },
      reopen: (tx, repository, at) => repos.reopenHead(tx, repository, at),
    });
    return new AppOverlay({
      ...{ store, clock, readConfig: readTestConfig, namingOf: testNaming, ring: () => {} },
      resultOf: async (key) => (await results.get(key)) as readonly SynthStack[] | null,
      readTar: async (digest, paths) => readTarFiles(await desk.openTar(digest), paths),
    });
  });
  const desk = made.desk as SynthDesk;
  let claims = 0;

  /** Claims what waits; null where nothing does. */
  const claim = () => desk.claim({ claim_id: `claim-${++claims}`, worker: 'w1' });

  /** Ends a synthesis, then processes the head that it opened again; the runs that made, by stack. */
  async function finish(job: SynthAssignment, end: readonly FakeStack[] | string): Promise<string[]> {
    const before = new Set((await lab.db.selectFrom('runs').select('id').execute()).map(({ id }) => id));
    const stacks = typeof end === 'string' ? [] : await Promise.all(end.map((stack) => deliver(job, stack)));
    const error = typeof end === 'string' ? end : null;
    const outcome: SynthOutcome = {
      attempt: job.attempt,
      result: error === null ? 'done' : 'failed',
      ...{ error, stacks, timings: {} },
    };
    await desk.record(job.key, outcome);
    const open = await lab.repos.newestOpenHead('infra');
    if (open) {
      const processed = (await lab.repos.find('infra'))?.processed_commit ?? null;
      const head = { repository: 'infra', base: processed, commit: open.commit_sha, makesRuns: true };
      await lab.service.process({ ...head, mirror: lab.objects as GitMirror });
    }
    const runs = await lab.db.selectFrom('runs').select(['id', 'stack']).orderBy('stack').execute();
    return runs.filter(({ id }) => !before.has(id)).map(({ stack }) => stack);
  }

  async function deliver(job: SynthAssignment, stack: FakeStack): Promise<SynthStack> {
    const bytes = Buffer.from(JSON.stringify(stack.json, null, 2));
    const path = `${job.dir}/cdktf.out/stacks/${stack.name}/cdk.tf.json`;
    const { digest } = await desk.receive(job, Readable.from([tarOf(path, bytes)]));
    return {
      name: stack.name,
      dir: `stacks/${stack.name}`,
      depends_on: [...(stack.depends_on ?? [])],
      digest,
      files: [{ path: 'cdk.tf.json', size: bytes.length, sha: sha256(bytes).slice(0, 40) }],
      problem: stack.problem ?? null,
    };
  }

  return {
    lab,
    desk,
    apps: made.apps as AppDesk,
    clock,
    notices,
    retention: new SynthRetention({ store: new SqlSynthRetention(lab.db), results, tars }),
    claim,
    finish,
    names: async () =>
      (await lab.db.selectFrom('stacks').select('name').where('deleted_at', 'is', null).orderBy('name').execute()).map(
        ({ name }) => name,
      ),
    problems: async () => (await lab.repos.find('infra'))?.config_error ?? '',
    async close() {
      await lab.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function tarOf(path: string, bytes: Buffer): Buffer {
  const block = Buffer.alloc(512);
  new Header({ path, mode: 0o644, size: bytes.length, mtime: new Date(0), type: 'File' }).encode(block, 0);
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512), Buffer.alloc(1024)]);
}

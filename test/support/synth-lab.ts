import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { create } from 'tar';
import type { SynthAssignment } from '../../src/features/execution/synth-protocol.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { treeName } from '../../workers/synth/install-packages.ts';
import { SYNTH_LIMITS, type SynthContext, type SynthEnd, type SynthLimits } from '../../workers/synth/synth-context.ts';
import { synthesise } from '../../workers/synth/synthesise.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const PACKAGES = 'a'.repeat(64);

/** Synthesises apps made of files, as a worker would, in a folder of its own. */
export class SynthLab {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'hf-synth-')));
  readonly root = join(this.folder, 'root');
  /** Tars by digest. */
  readonly sent = new Map<string, Buffer>();
  #made = 0;

  constructor() {
    // As if `npm ci` had run: the packages of this repository's own node_modules.
    const modules = join(this.root, 'npm', treeName(PACKAGES), 'node_modules');
    mkdirSync(modules, { recursive: true });
    for (const name of ['cdktf', 'constructs'])
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
  }

  async run(
    files: Readonly<Record<string, string>>,
    more: Partial<SynthAssignment> & { readonly limits?: Partial<SynthLimits['app']> } = {},
  ): Promise<SynthEnd> {
    const { limits = {}, ...about } = more;
    const source = join(this.folder, `source-${this.#made++}`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text);
    }
    const assignment: SynthAssignment = {
      key: sha256(JSON.stringify(files)),
      attempt: 1,
      repository: 'infra',
      app: 'app',
      dir: 'app',
      commit: 'c'.repeat(40),
      command: 'node main.ts',
      context: '{}',
      install: null,
      engine_version: null,
      environment: [],
      lease_ms: 30_000,
      ...about,
    };
    const place = join(this.root, 'synth', `${assignment.key.slice(0, 16)}-${this.#made}`);
    const context: SynthContext = {
      assignment,
      root: this.root,
      place,
      appDir: join(place, 'src', assignment.dir),
      outDir: join(place, 'out'),
      workerEnv: { PATH: process.env.PATH, AWS_SECRET_ACCESS_KEY: 'canary-aws', HOLDFAST_X: 'canary-hf' },
      limits: { app: { ...SYNTH_LIMITS.app, ...limits }, install: SYNTH_LIMITS.install },
      clock: systemClock,
      logger: silentLogger,
      signal: new AbortController().signal,
      fetchSource: async () => create({ cwd: source, portable: true }, readdirSync(source)) as never,
      sendStack: async (tar) => {
        const digest = sha256(tar);
        this.sent.set(digest, tar);
        return digest;
      },
    };
    return synthesise(context);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What makes a synthesis find `cdktf` and `constructs`. */
export const withPackages = { install: { dir: 'app', digest: PACKAGES } } as const;

/** What npm needs on this machine to reach a registry. */
export function npmEnvironment(): Record<string, string> {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
  const authorities = process.env.SSL_CERT_FILE ? { SSL_CERT_FILE: process.env.SSL_CERT_FILE } : {};
  return { npm_config_registry: registry.trim(), ...authorities };
}

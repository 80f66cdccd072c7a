import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface EngineResult {
  readonly code: number | null;
  /** stdout, then stderr. */
  readonly text: string;
  readonly stdout: string;
}

/** Whether a binary of this name can be started here. */
export function hasBinary(name: string): boolean {
  return spawnSync(name, ['version'], { stdio: 'ignore' }).status === 0;
}

const folders: string[] = [];

/** Removes every folder of this process. */
export function removeEngineFolders(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** A folder with one configuration, in which a real engine is run with an environment of its own. */
export class EngineFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'hf-engine-'));
  readonly #binary: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(binary: string, files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
    this.#binary = binary;
    folders.push(this.dir);
    const cliConfig = join(this.dir, 'cli.rc');
    writeFileSync(cliConfig, '');
    mkdirSync(join(this.dir, 'home'));
    this.#env = {
      PATH: process.env.PATH,
      HOME: join(this.dir, 'home'),
      TF_CLI_CONFIG_FILE: cliConfig,
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      ...env,
    };
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.dir, name), content);
  }

  /** Runs the engine to its end. */
  run(...args: string[]): Promise<EngineResult> {
    const child = spawn(this.#binary, args, { cwd: this.dir, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, text: stdout + stderr, stdout }));
    });
  }
}

/** The environment in which a stack's own, empty http backend finds its state. */
export function stateEnvironment(address: string): NodeJS.ProcessEnv {
  return { TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_ADDRESS: address, TF_HTTP_UNLOCK_ADDRESS: address };
}

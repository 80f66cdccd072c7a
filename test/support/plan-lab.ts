import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { createPlanStream, type PlanStreamResult } from '../../workers/plan/plan-stream.ts';
import type { ProviderSchemas } from '../../workers/plan-file/provider-schemas.ts';
import { collectSchemaLines, schemasIn } from '../../workers/plan-file/schema-file.ts';
import { SchemaScanner } from '../../workers/plan-file/schema-scanner.ts';
import { membersOf } from '../../workers/plan-file/value-shape.ts';
import { cliConfigText } from '../../workers/steps/cli-config.ts';
import { CASE_MODULE, type PlanCase, type StateDocument } from './plan-cases.ts';

/** A plan that a real engine made. */
export interface LabPlan {
  readonly planFile: string;
  /** File with the output of `show -json`. */
  readonly showFile: string;
  readonly told: PlanStreamResult;
  readonly version: string;
  readonly exitCode: number | undefined;
}

/** Makes real plans in folders of its own. */
export class PlanLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-'));
  readonly #binary: string;
  #made = 0;

  /** `mirror`: a folder with providers, where somebody built one. */
  constructor(binary: string, mirror: string | null) {
    this.#binary = binary;
    writeFileSync(this.#cliConfig, cliConfigText(mirror));
  }

  plan({ before, after, args = [], editState }: PlanCase): LabPlan {
    const dir = join(this.folder, String(this.#made++));
    mkdirSync(join(dir, 'm'), { recursive: true });
    writeFileSync(join(dir, 'm', 'main.tf'), CASE_MODULE);
    const run = (...words: string[]) => this.#run(dir, words);
    const write = (text: string) => writeFileSync(join(dir, 'main.tf'), text);
    if (before !== undefined) {
      write(before);
      expectSuccess(run('init', '-no-color'));
      expectSuccess(run('apply', '-auto-approve', '-no-color'));
    }
    if (editState) {
      const file = join(dir, 'terraform.tfstate');
      const state = JSON.parse(readFileSync(file, 'utf8')) as StateDocument;
      editState(state, dir);
      writeFileSync(file, JSON.stringify(state));
    }
    write(after);
    expectSuccess(run('init', '-no-color'));
    const planned = run('plan', '-json', '-out=plan', '-detailed-exitcode', ...args);
    const stream = createPlanStream({ dir: '.', work: dir, mask: String });
    stream.push(Buffer.from(planned.stdout));
    const showFile = join(dir, 'show.json');
    writeFileSync(showFile, run('show', '-json', 'plan').stdout);
    const told = stream.end();
    return {
      planFile: join(dir, 'plan'),
      showFile,
      told,
      version: told.engineVersion ?? '',
      exitCode: planned.exitCode,
    };
  }

  /** The schemas of a configuration's providers, as a worker keeps them. */
  schemas(text: string): ProviderSchemas {
    const dir = join(this.folder, `schemas-${this.#made++}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'main.tf'), text);
    expectSuccess(this.#run(dir, ['init', '-no-color']));
    const lines = collectSchemaLines();
    const scanner = new SchemaScanner((provider, type, json) => {
      if (json !== null) lines.add({ provider, type }, membersOf(JSON.parse(json).block));
    }, 1e8);
    scanner.push(Buffer.from(this.#run(dir, ['providers', 'schema', '-json']).stdout));
    return schemasIn(Buffer.from(lines.text() ?? ''));
  }

  #run(cwd: string, words: readonly string[]) {
    const env = {
      PATH: process.env.PATH ?? '',
      TF_CLI_CONFIG_FILE: this.#cliConfig,
      CHECKPOINT_DISABLE: '1',
      HOME: cwd,
    };
    return execaSync(this.#binary, words, { cwd, env, extendEnv: false, reject: false });
  }

  get #cliConfig(): string {
    return join(this.folder, 'cli.tfrc');
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function expectSuccess(result: { exitCode?: number | undefined; stdout: string; stderr: string }): void {
  if (result.exitCode !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
}

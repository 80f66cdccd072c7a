import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, Run as RunShape } from '../../../src/api/contract.ts';
import { makeRepository } from '../../support/git-repository.ts';
import { TestInstance } from '../../support/instance/test-instance.ts';
import { until } from '../../support/until.ts';
import { type CountedEngine, makeCountedEngine, probedStack } from './counted-engine.ts';

export interface ProbedInstanceOptions {
  readonly stacks: number;
  /** How long a plan and an apply take beyond what terraform needs. */
  readonly planS: number;
  readonly applyS: number;
  /** Of server.yaml, beyond the repository. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly start: (instance: TestInstance) => Promise<unknown>;
}

const ENDED = ['applied', 'failed', 'stale', 'superseded', 'canceled', 'discarded', 'unchanged'];

/** A real instance over stacks that can be planned and applied again and again, and prove how often that happened. */
export class ProbedInstance {
  readonly instance: TestInstance;
  readonly engine: CountedEngine;
  readonly stacks: readonly string[];

  private constructor(instance: TestInstance, engine: CountedEngine, stacks: readonly string[]) {
    this.instance = instance;
    this.engine = engine;
    this.stacks = stacks;
  }

  static async open({ stacks, planS, applyS, config, start }: ProbedInstanceOptions): Promise<ProbedInstance> {
    const instance = await TestInstance.make();
    const engine = makeCountedEngine(instance.dir, planS);
    instance.path = `${engine.bin}:${instance.path}`;
    const names = Array.from({ length: stacks }, (_, index) => `s${index + 1}`);
    const probed = new ProbedInstance(instance, engine, names);
    const repository = makeRepository(join(instance.dir, 'infra'));
    const fileOf = (name: string) => [`${name}/main.tf`, probedStack(probed.#ledger(name), applyS)];
    repository.commit(Object.fromEntries(names.map(fileOf)));
    const watched = { name: 'infra', url: repository.dir, poll_interval: '1h', first_sight: 'ignore' };
    instance.configure({ repositories: [watched], ...config });
    try {
      await start(instance);
      // Asked for before the first look at the repository, a stack is not known.
      await until(async () => (await instance.stacks().catch(() => [])).length === stacks || null, 60_000);
      return probed;
    } catch (error) {
      await instance.remove();
      throw error;
    }
  }

  /** Asks for a plan of the stack's head; answers its run. */
  async plan(stack: string): Promise<Run> {
    return this.#post('/api/v1/runs', { stack, kind: 'plan' });
  }

  /** Approves the plan whenever it waits, until the run has ended. */
  async applyToEnd(id: string, patienceMs: number): Promise<Run> {
    return until(
      async () => {
        const run = await this.instance.run(id).catch(() => null);
        if (run?.status === 'awaiting_approval') {
          await this.#post(`/api/v1/runs/${id}/approve`, { plan_digest: run.plan_digest }).catch(() => {});
        }
        return run && ENDED.includes(run.status) ? run : null;
      },
      patienceMs,
      100,
    ).catch(async (error: Error) => {
      const run = await this.instance.run(id).catch(() => null);
      throw new Error(
        `run ${id} of ${run?.stack} has not ended: it is ${run?.status}, ${JSON.stringify(run?.waiting_for)}`,
        {
          cause: error,
        },
      );
    });
  }

  async discard(id: string): Promise<void> {
    await this.#post(`/api/v1/runs/${id}/discard`, {});
  }

  /** Lines of a stack's ledger: `began` and `ended` of each apply. */
  ledger(stack: string): string[] {
    const file = this.#ledger(stack);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** What went wrong so that nobody could mend it: two applies at once, or one that began twice. */
  broken(): string[] {
    const twice = this.stacks.filter((stack) => existsSync(`${this.#ledger(stack)}.twice`));
    const applies = this.engine.begun('apply');
    const again = applies.filter((run, at) => applies.indexOf(run) !== at);
    return [
      ...twice.map((stack) => `${stack} was applied by two at once`),
      ...again.map((run) => `the plan of run ${run} was applied twice`),
    ];
  }

  /** Stacks that were planned by two at once: nothing is lost by it, but only the silence of a worker excuses it. */
  plannedTwice(): string[] {
    return this.engine.twice();
  }

  /** The newest lines of its programs, from warnings up. */
  warnings(): string {
    const lines = this.instance.log().split('\n');
    return lines
      .filter((line) => /"level":[456]0/.test(line))
      .slice(-40)
      .join('\n');
  }

  #ledger(stack: string): string {
    return join(this.instance.dir, `ledger-${stack}`);
  }

  async #post(path: string, body: object): Promise<Run> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.instance.ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} got ${answer.status}: ${await answer.text()}`);
    return RunShape.parse(await answer.json());
  }
}

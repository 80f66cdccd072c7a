import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { putRun, startStateBackend, type TestStateBackend, type TestStateBackendOptions } from './state-backend.ts';
import { WorkerRig } from './worker-rig.ts';

/** Absolute path of the machine's terraform; empty where there is none, which is printed. */
export const TERRAFORM = spawnSync('sh', ['-c', 'command -v terraform']).stdout.toString().trim();
if (TERRAFORM === '') console.log('skipped: applies on a worker need terraform on PATH');

export const STACK = 'net';
const RUN = 'r1';

/** A resource whose making is slow and seen: it takes a folder exclusively, writes to the side log, and waits for `go`. */
export function sideEffect(dir: string, name: string, more = ''): string {
  const work = `mkdir ${dir}/probe-${name} && echo ${name} >>${dir}/side && while [ ! -e ${dir}/go-${name} ]; do sleep 0.02; done`;
  return `resource "terraform_data" "${name}" {\n  ${more}\n  provisioner "local-exec" {\n    command = "${work}"\n  }\n}\n`;
}

/** A worker rig with real terraform, a real state backend, and one stack that is planned and applied. */
export class ApplyRig {
  readonly rig: WorkerRig;
  state: TestStateBackend;
  readonly path: string;
  #token = '';

  private constructor(rig: WorkerRig, state: TestStateBackend, path: string) {
    this.rig = rig;
    this.state = state;
    this.path = path;
  }

  static async start(): Promise<ApplyRig> {
    const rig = await WorkerRig.start('exit 99');
    const bin = join(rig.dir, 'bin');
    await mkdir(bin);
    // Every signal that reaches the engine is ours: the wrapper is exec'ed away.
    await writeFile(join(bin, 'terraform'), `#!/bin/sh\nexec ${TERRAFORM} "$@"\n`);
    await chmod(join(bin, 'terraform'), 0o755);
    return new ApplyRig(rig, await startStateBackend(), `${bin}:/usr/bin:/bin`);
  }

  work(more: Parameters<WorkerRig['work']>[0] = {}) {
    return this.rig.work({ path: this.path, ...more });
  }

  /** Has a worker plan the stack, and approves the plan. */
  async plan(main: string, change: Partial<Assignment> = {}, files: Record<string, string> = {}): Promise<void> {
    const { plane, dir } = this.rig;
    const source = join(dir, 'source');
    await mkdir(join(source, 'net'), { recursive: true });
    for (const [name, text] of Object.entries({ 'main.tf': main, ...files })) {
      await writeFile(join(source, 'net', name), text);
    }
    plane.sources.set(RUN, create({ cwd: source, sync: true }, ['net']).read() as Buffer);
    const isForeign = change.backend === 'foreign';
    plane.queue(RUN, {
      dir: 'net',
      stack: STACK,
      backend: 'override',
      state_url: isForeign ? null : await this.#stateUrl('plan'),
      ...change,
    });
    const { result, error, diagnostics } = await this.rig.outcomeOf(RUN);
    if (result !== 'planned') throw new Error(`not planned: ${error ?? JSON.stringify(diagnostics)}`);
  }

  /** Makes the approved plan admissible. */
  async approve(change: Partial<Assignment> = {}): Promise<void> {
    const isForeign = this.rig.plane.runs.get(RUN)?.assignment.backend === 'foreign';
    const state_url = isForeign ? null : await this.#stateUrl('apply');
    this.rig.plane.queueApply(RUN, { state_url, plan_root: this.rig.root, ...change });
  }

  /** The engine of the apply. */
  engine() {
    return this.rig.engineOf(RUN, 2, 'apply');
  }

  outcome() {
    return this.rig.applyOutcomeOf(RUN);
  }

  /** Ends the state endpoint; the answer brings it back at the same address. */
  async stopState(options: TestStateBackendOptions = {}): Promise<() => Promise<void>> {
    const { dir, url } = this.state;
    await this.state.stop();
    return async () => {
      this.state = await startStateBackend({ ...options, dir, port: Number(new URL(url).port) });
    };
  }

  /** Addresses in the stored state, sorted, and whether its lock is held by terraform. */
  async stored(): Promise<{ addresses: string[]; isLocked: boolean }> {
    const reply = await this.#asAdmin('GET');
    const state = reply.status === 404 ? { resources: [] } : ((await reply.json()) as { resources: Resource[] });
    const locks = await this.state.db.selectFrom('locks').selectAll().where('stack', '=', STACK).execute();
    const addresses = state.resources
      .filter(({ mode }) => mode === 'managed')
      .map(({ type, name }) => `${type}.${name}`);
    return { addresses: addresses.sort(), isLocked: locks.some(({ lock_id }) => lock_id !== '') };
  }

  /** Stores a state as somebody else would. */
  async pushState(state: object): Promise<void> {
    await this.#asAdmin('LOCK', JSON.stringify({ ID: 'by-hand', Operation: 'x', Who: 'somebody', Created: '' }));
    const reply = await this.#asAdmin('POST', JSON.stringify(state), '?ID=by-hand');
    if (reply.status !== 200) throw new Error(`not stored: ${reply.status} ${await reply.text()}`);
    await this.#asAdmin('UNLOCK', JSON.stringify({ ID: 'by-hand' }));
  }

  /** Locks the state as somebody else would. */
  async lockByHand(): Promise<void> {
    const reply = await this.#asAdmin('LOCK', JSON.stringify({ ID: 'by-hand', Who: 'somebody', Created: '' }));
    if (reply.status !== 200) throw new Error(`not locked: ${reply.status} ${await reply.text()}`);
  }

  /** Puts something that cannot be run where the engine was. */
  async breakEngine(): Promise<void> {
    await writeFile(join(this.rig.dir, 'bin', 'terraform'), '#!/no/such/interpreter\n', { mode: 0o755 });
  }

  /** Has the engine make a file in the working copy whenever it plans, as providers of archives do. */
  async makeAtPlan(path: string, text: string): Promise<void> {
    const make = `[ "$1" = plan ] && mkdir -p ../${dirname(path)} && printf %s '${text}' >../${path}`;
    await writeFile(join(this.rig.dir, 'bin', 'terraform'), `#!/bin/sh\n${make}\nexec ${TERRAFORM} "$@"\n`);
  }

  async side(): Promise<string[]> {
    const text = await this.rig.read('side').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async stop(): Promise<void> {
    await this.rig.stop();
    await this.state.remove();
  }

  #asAdmin(method: string, body?: string, query = ''): Promise<Response> {
    const authorization = `Basic ${Buffer.from('hf:admin-secret').toString('base64')}`;
    const init = { method, headers: { authorization }, ...(body === undefined ? {} : { body }) };
    return fetch(`${this.state.url}/state/${STACK}${query}`, init);
  }

  async #stateUrl(phase: 'plan' | 'apply'): Promise<string> {
    const { db, backend, url } = this.state;
    await putRun(db, RUN, STACK, phase === 'plan' ? 'planning' : 'applying');
    this.#token = await db.transaction().execute((tx) => backend.tokens.mint(tx, { run: RUN, stack: STACK, phase }));
    return url.replace('://', `://hf:${this.#token}@`).concat(`/state/${STACK}`);
  }
}

interface Resource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
}

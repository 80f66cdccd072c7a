import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LockList, Run, RunList, StackList, StateVersionList } from '../../../src/api/contract.ts';
import { canariesIn, canariesInFiles } from '../../support/instance/canaries.ts';
import { until } from '../../support/until.ts';
import type { ChaosInstance } from './chaos-instance.ts';

const AWAY_MS = 60_000;
const ENDED = [
  'unchanged',
  'planned',
  'awaiting_approval',
  'applied',
  'failed',
  'superseded',
  'discarded',
  'canceled',
  'stale',
];

/** Watches over one instance: what must hold after every fault, whatever else is going on. */
export class Invariants {
  readonly #chaos: ChaosInstance;
  #auditSeen = 0;

  constructor(chaos: ChaosInstance) {
    this.#chaos = chaos;
  }

  /** What does not hold, in words. */
  async broken(): Promise<string[]> {
    const found = await Promise.all([this.#locks(), this.#writes(), this.#audit()]);
    const twice = this.#chaos.side.twice().map((stack) => `two applies of ${stack} ran at once`);
    return [...found.flat(), ...twice];
  }

  /** What does not hold once nothing moves any more: also about heads and secrets. Ends the instance. */
  async brokenAtEnd(): Promise<string[]> {
    const broken = [...(await this.broken()), ...(await this.#heads())];
    const { instance, canaries, channel } = this.#chaos;
    const left = await instance.stop();
    const sinks = [instance.log(), ...channel.received.map(({ text }) => text)];
    const told = sinks.flatMap((sink) => canariesIn(canaries, sink)).map((use) => `a canary (${use}) was told`);
    const kept = canariesInFiles(canaries, instance.dataDir)
      .filter((file) => !isFenced(file))
      .map((file) => `a canary lies in ${file}`);
    return [...broken, ...told, ...kept, ...left.map(({ command }) => `left over: ${command}`)];
  }

  /** What does not hold of a stack at rest: each thing made exactly once, and known to the state or the ledger. */
  async brokenOf(stack: string, run: Run): Promise<string[]> {
    const made = this.#chaos.side.made(stack);
    const known = [...(await this.addresses(stack)), ...run.orphans.map(({ address }) => address)];
    const twice = made.filter((address, at) => made.indexOf(address) !== at);
    const missing = made.filter((address) => !known.includes(address));
    const phantom = known.filter((address) => !made.includes(address));
    return [
      ...twice.map((address) => `${stack}: ${address} was made twice`),
      ...missing.map((address) => `${stack}: ${address} was made, and neither state nor ledger knows of it`),
      ...phantom.map((address) => `${stack}: ${address} is known and was never made`),
    ];
  }

  /** Addresses in the stored state; none where there never was one. */
  async addresses(stack: string): Promise<string[]> {
    const versions = await this.#ask<StateVersionList>(`/api/v1/stacks/${stack}/state/versions`);
    if (versions.versions.length === 0) return [];
    const state = await this.#ask<{ resources: { type: string; name: string }[] }>(
      `/api/v1/stacks/${stack}/state/versions/latest`,
    );
    return state.resources.map(({ type, name }) => `${type}.${name}`);
  }

  /** Stacks that are locked. */
  async locked(): Promise<string[]> {
    const { locks } = await this.#ask<LockList>('/api/v1/locks?limit=500');
    return locks.map(({ stack }) => stack);
  }

  /** A lock is the lock of a run that is under way. */
  async #locks(): Promise<string[]> {
    const { locks } = await this.#ask<LockList>('/api/v1/locks?limit=500');
    const found: string[] = [];
    for (const { stack, run, evidence } of locks) {
      const holder = run === null ? null : await this.#ask<Run>(`/api/v1/runs/${run}`);
      if (holder !== null && !ENDED.includes(holder.status)) continue;
      // It may have been freed between the two looks.
      const { locks: again } = await this.#ask<LockList>('/api/v1/locks?limit=500');
      if (again.some((lock) => lock.stack === stack && lock.run === run)) found.push(`${stack} is locked: ${evidence}`);
    }
    return found;
  }

  /** What was acknowledged since the last look can be read, byte for byte. */
  async #writes(): Promise<string[]> {
    const found: string[] = [];
    for (const { stack, serial, digest } of this.#chaos.acknowledged.take()) {
      const path = `/api/v1/stacks/${stack}/state/versions/${serial}`;
      const text = await until(async () => {
        const answer = await this.#chaos.instance.ask(path).catch(() => null);
        return answer && answer.status !== 503 ? answer.text().catch(() => null) : null;
      }, AWAY_MS);
      const read = createHash('sha256').update(text).digest('hex');
      if (read !== digest)
        found.push(`${stack}: serial ${serial} was acknowledged, and cannot be read: ${text.slice(0, 200)}`);
    }
    return found;
  }

  /** Every entry's number is the one before and one. */
  async #audit(): Promise<string[]> {
    let cursor: string | null = null;
    const ids: number[] = [];
    do {
      const query = cursor === null ? '' : `&cursor=${cursor}`;
      const page: { audit: { id: number }[]; next: string | null } = await this.#ask(`/api/v1/audit?limit=500${query}`);
      ids.push(...page.audit.map(({ id }) => Number(id)));
      cursor = page.next;
    } while (cursor !== null && (ids.at(-1) ?? 0) > this.#auditSeen);
    const fresh = ids.filter((id) => id > this.#auditSeen).sort((a, b) => a - b);
    const gap = fresh.find((id, at) => id !== this.#auditSeen + at + 1);
    this.#auditSeen = Math.max(this.#auditSeen, fresh.at(-1) ?? 0);
    return gap === undefined ? [] : [`the audit log has a gap before ${gap}`];
  }

  /** The newest head of each stack has a run that came to its end. */
  async #heads(): Promise<string[]> {
    const { stacks } = await this.#ask<StackList>('/api/v1/stacks?limit=500');
    const found: string[] = [];
    for (const { name } of stacks) {
      const { runs } = await this.#ask<RunList>(`/api/v1/runs?stack=${name}&limit=50`);
      const [newest] = runs;
      if (!newest || !ENDED.includes(newest.status))
        found.push(`the head of ${name} has no finished run: ${newest?.status}`);
    }
    return found;
  }

  /** Waits while the control plane is away. */
  #ask<T>(path: string): Promise<T> {
    return until(() => this.#chaos.json<T>(path), AWAY_MS, 50);
  }
}

/** What an engine said whose run was given up: its worker keeps it for people for a day, and shows it to nobody. */
function isFenced(file: string): boolean {
  const [run] = /^.*\/worker-[^/]+\/runs\/[^/]+/.exec(file) ?? [];
  return run !== undefined && existsSync(join(run, 'fenced'));
}

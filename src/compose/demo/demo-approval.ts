import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Run, RunList } from '../../api/contract.ts';
import { type ApiClient, createApiClient } from '../../cli/api-client.ts';
import type { CliDeps } from '../../cli/deps.ts';
import { HoldfastError } from '../../kernel/errors.ts';

/** The demo's instance, as its own command line would reach it. */
export interface DemoInstance {
  readonly deps: CliDeps;
  readonly address: string;
  readonly dataDir: string;
}

/** Approves the plan of a stack at a commit that waits, as `holdfast approve` does. Answers the run. */
export async function approveInDemo(instance: DemoInstance, plan: { stack: string; commit: string }): Promise<Run> {
  const api = await connect(instance);
  const query = new URLSearchParams({ stack: plan.stack, status: 'awaiting_approval' });
  const { value } = await api.get(`/api/v1/runs?${query}`, RunList);
  const waiting = value.runs.find((run) => run.commit === plan.commit);
  if (!waiting) throw new HoldfastError('internal', `no plan of ${plan.stack} at ${plan.commit} waits for approval`);
  return (await api.post(`/api/v1/runs/${waiting.id}/approve`, { plan_digest: waiting.plan_digest }, Run)).value;
}

/** A run as it is now. */
export async function readRun(instance: DemoInstance, id: string): Promise<Run> {
  return (await (await connect(instance)).get(`/api/v1/runs/${id}`, Run)).value;
}

/** The instance's API. */
export async function connect(instance: DemoInstance): Promise<ApiClient> {
  const { fetch, clock, version } = instance.deps;
  const token = await tokenOf(instance);
  return createApiClient({ instance: { address: instance.address, token, from: 'the demo' }, fetch, clock, version });
}

/** The admin's token. */
export async function tokenOf({ dataDir }: Pick<DemoInstance, 'dataDir'>): Promise<string> {
  return (await readFile(join(dataDir, 'admin.token'), 'utf8')).trim();
}

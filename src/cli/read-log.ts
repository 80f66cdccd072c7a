import { Run } from '../api/contract.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { ApiClient } from './api-client.ts';
import type { CommandContext } from './command.ts';
import { sleepAlive } from './sleep-alive.ts';
import { isAtRest } from './wait-for-run.ts';

const AGAIN_MS = 1000;
const AWAY_LIMIT_MS = 120_000;

/** The bytes of a run's log. While following, a connection that is cut is taken up again where it was. */
export async function* readLog(context: CommandContext, id: string, follow: boolean): AsyncGenerator<Uint8Array> {
  const { clock } = context.deps;
  const api = await context.api();
  const path = `/api/v1/runs/${encodeURIComponent(id)}/log${follow ? '?follow=1' : ''}`;
  let received = 0;
  let receivedAt = clock.now();
  for (let tries = 0; ; tries++) {
    let skip = received;
    try {
      for await (const chunk of await api.stream(path, context.output.gone)) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        received += fresh.length;
        receivedAt = clock.now();
        yield fresh;
      }
      // An instance that stops ends its streams, too: only the run knows whether there is more to come.
      if (!follow || (await isOver(api, id))) return;
    } catch (error) {
      if (context.output.gone.aborted) return;
      // The very first request must work: only what was already followed is worth waiting for.
      if (!follow || (tries === 0 && received === 0) || !isAway(error)) throw error;
      if (clock.now() - receivedAt > AWAY_LIMIT_MS) throw error;
    }
    await sleepAlive(clock, AGAIN_MS, context.output.gone);
    if (context.output.gone.aborted) return;
  }
}

async function isOver(api: ApiClient, id: string): Promise<boolean> {
  const { value } = await api.get(`/api/v1/runs/${encodeURIComponent(id)}`, Run);
  return isAtRest(value);
}

function isAway(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'away' || error.code === 'busy');
}

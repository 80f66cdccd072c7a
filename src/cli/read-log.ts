import { HoldfastError } from '../kernel/errors.ts';
import type { CommandContext } from './command.ts';
import { sleepAlive } from './sleep-alive.ts';

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
      return;
    } catch (error) {
      if (context.output.gone.aborted) return;
      // The very first request must work: only what was already followed is worth waiting for.
      if (!follow || (tries === 0 && received === 0) || !isAway(error)) throw error;
      if (clock.now() - receivedAt > AWAY_LIMIT_MS) throw error;
      await sleepAlive(clock, AGAIN_MS);
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'away' || error.code === 'busy');
}

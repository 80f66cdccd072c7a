import { createHash } from 'node:crypto';
import type { FaultProxy } from './fault-proxy.ts';

/** A state that the control plane said it has stored. */
export interface AcknowledgedState {
  readonly stack: string;
  readonly serial: number;
  /** SHA-256 in hex. */
  readonly digest: string;
}

export interface Acknowledged {
  /** Those since the last call. */
  take(): AcknowledgedState[];
}

/** Listens at the proxy to what engines were told is stored, whether or not the answer reached them. */
export function recordStates(proxy: FaultProxy): Acknowledged {
  let states: AcknowledgedState[] = [];
  proxy.hooks.add({
    async after({ method, path, body }, { status }) {
      const stack = stateOf(path);
      if (method !== 'POST' || stack === null || status !== 200) return undefined;
      const { serial } = JSON.parse(body.toString('utf8')) as { serial: number };
      states.push({ stack, serial, digest: createHash('sha256').update(body).digest('hex') });
      return undefined;
    },
  });
  return {
    take() {
      const taken = states;
      states = [];
      return taken;
    },
  };
}

/** The stack whose state a path is about; null where it is about something else. */
export function stateOf(path: string): string | null {
  const [, stack = null] = /^\/state\/(.+)$/.exec(path) ?? [];
  return stack === null ? null : decodeURIComponent(stack);
}

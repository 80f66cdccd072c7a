/** What one client saw of one request: `from` and `to` are places in the one order of all beginnings and ends. */
export interface StateEvent {
  readonly stack: string;
  readonly client: number;
  readonly kind: 'lock' | 'unlock' | 'write' | 'read';
  readonly from: number;
  readonly to: number;
  readonly lockId: string;
  /** The serial that was written or read; 0: there was no state. */
  readonly serial: number;
  /** The bytes that were written or read. */
  readonly text: string;
}

/** A version as the server names it in the end, oldest first. */
export interface FinalVersion {
  readonly serial: number;
  readonly text: string;
}

/**
 * What is wrong with a history of accepted requests, against the model "a register per stack behind a lock": empty where
 * nothing is.
 */
export function findAnomalies(events: readonly StateEvent[], finals: ReadonlyMap<string, FinalVersion[]>): string[] {
  const anomalies: string[] = [];
  for (const [stack, versions] of finals) {
    const own = events.filter((event) => event.stack === stack);
    anomalies.push(...wrongOrder(stack, versions), ...lostWrites(own, versions), ...staleReads(own));
    anomalies.push(...sharedLocks(own), ...writesOutsideLocks(own));
  }
  return anomalies;
}

function wrongOrder(stack: string, versions: readonly FinalVersion[]): string[] {
  return versions
    .filter((version, i) => i > 0 && version.serial <= (versions[i - 1]?.serial ?? 0))
    .map((version) => `${stack}: serial ${version.serial} follows a higher one`);
}

function lostWrites(events: readonly StateEvent[], versions: readonly FinalVersion[]): string[] {
  const kept = new Map(versions.map((version) => [version.serial, version.text]));
  return events
    .filter((event) => event.kind === 'write' && kept.get(event.serial) !== event.text)
    .map((event) => `${event.stack}: acknowledged serial ${event.serial} of client ${event.client} is not there`);
}

/** A read shows nothing older than what was acknowledged before it began, and nothing that nobody had begun to write. */
function staleReads(events: readonly StateEvent[]): string[] {
  const writes = events.filter((event) => event.kind === 'write');
  const reads = events.filter((event) => event.kind === 'read');
  return reads.flatMap((read) => {
    const acknowledged = Math.max(0, ...writes.filter((write) => write.to < read.from).map((write) => write.serial));
    if (read.serial < acknowledged)
      return [`${read.stack}: read ${read.serial} after ${acknowledged} was acknowledged`];
    if (read.serial === 0) return [];
    const origin = writes.find((write) => write.serial === read.serial);
    if (!origin || origin.from > read.to) return [`${read.stack}: read ${read.serial} before anybody wrote it`];
    return origin.text === read.text ? [] : [`${read.stack}: serial ${read.serial} was read with other bytes`];
  });
}

interface Held {
  readonly client: number;
  readonly lockId: string;
  readonly from: number;
  readonly to: number;
}

/** From the answer to LOCK until UNLOCK is sent, the lock is surely the client's. */
function heldTimes(events: readonly StateEvent[]): Held[] {
  return events
    .filter((event) => event.kind === 'lock')
    .map(({ client, lockId, to }) => {
      const end = events.find((event) => event.kind === 'unlock' && event.lockId === lockId);
      return { client, lockId, from: to, to: end?.from ?? Number.POSITIVE_INFINITY };
    })
    .sort((a, b) => a.from - b.from);
}

function sharedLocks(events: readonly StateEvent[]): string[] {
  const held = heldTimes(events);
  return held
    .filter((time, i) => i > 0 && time.from < (held[i - 1]?.to ?? 0))
    .map((time) => `client ${time.client} got the lock ${time.lockId} while another client held it`);
}

function writesOutsideLocks(events: readonly StateEvent[]): string[] {
  const held = new Map(heldTimes(events).map((time) => [time.lockId, time]));
  return events
    .filter((event) => event.kind === 'write')
    .filter((write) => {
      const time = held.get(write.lockId);
      return time === undefined || write.from < time.from || write.to > time.to;
    })
    .map((write) => `${write.stack}: serial ${write.serial} was accepted outside its lock`);
}

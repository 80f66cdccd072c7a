import { type Finding, isAcknowledged, type Settled } from './finding.ts';

export type DriftEvent = 'drift.found' | 'drift.changed' | 'drift.cleared';

/** What people are told of a check; of each finding once, until it changes or clears. */
export interface DriftTelling {
  readonly event: DriftEvent;
  /** Told for the first time, or with new values, or because its acknowledgement ended. */
  readonly news: readonly Finding[];
  readonly cleared: readonly Finding[];
}

/**
 * What a settled check is worth telling; null where people know it all. Acknowledged findings are silent. What was never
 * told (it came and went in a burst) is not told to be cleared. Pure.
 */
export function decideDriftTelling(settled: Settled, now: number): DriftTelling | null {
  const open = [...settled.opened, ...settled.changed, ...settled.again];
  const news = open.filter((finding) => finding.told !== finding.fingerprint && !isAcknowledged(finding, now));
  const cleared = settled.cleared.filter(({ told, ack_by: by }) => told !== null || by !== null);
  if (news.length > 0) {
    const wasTold = cleared.length > 0 || open.some(({ told }) => told !== null);
    return { event: wasTold ? 'drift.changed' : 'drift.found', news, cleared };
  }
  if (cleared.length === 0) return null;
  return { event: open.length + settled.leftOut === 0 ? 'drift.cleared' : 'drift.changed', news, cleared };
}

import type { AttributeChange } from '../../kernel/plan-outcome.ts';
import type { DriftedResource, DriftSnapshot } from '../notifications/index.ts';
import type { DriftTelling } from './drift-telling.ts';
import type { Finding } from './finding.ts';

const RESOURCES = 20;
const ATTRIBUTES = 8;
const VALUE = 200;

export interface Surroundings {
  /** Findings that are open now. */
  readonly open: readonly Finding[];
  /** Open ones that are counted and not kept. */
  readonly leftOut: number;
  readonly checkedAt: number | null;
}

/** What a message holds of a check's news, bounded. Pure. */
export function snapshotOfTelling({ news, cleared }: DriftTelling, around: Surroundings): DriftSnapshot {
  const all = [
    ...news.map((finding) => resourceOf(finding, finding.state)),
    ...cleared.map((f) => resourceOf(f, 'cleared')),
  ];
  const open = around.open.length + around.leftOut;
  return {
    resources: all.slice(0, RESOURCES),
    more: Math.max(0, all.length - RESOURCES) + around.leftOut,
    open,
    cleared: cleared.length,
    first_seen: oldest(around.open),
    error: null,
    checked_at: around.checkedAt,
  };
}

/** What a message holds of a check that failed. Pure. */
export function snapshotOfError(error: string, { open, checkedAt }: Omit<Surroundings, 'leftOut'>): DriftSnapshot {
  const counts = { more: 0, open: open.length, cleared: 0, first_seen: oldest(open) };
  return { resources: [], ...counts, error: error.slice(0, 500), checked_at: checkedAt };
}

function resourceOf(finding: Finding, state: DriftedResource['state']): DriftedResource {
  const attributes = JSON.parse(finding.attributes) as AttributeChange[];
  const { address, type, action, first_seen } = finding;
  return {
    ...{ address, type, action, state, first_seen },
    attributes: attributes.slice(0, ATTRIBUTES).map(({ path, before, after }) => ({
      path: path.slice(0, VALUE),
      before: before === null ? null : before.slice(0, VALUE),
      after: after === null ? null : after.slice(0, VALUE),
    })),
    more_attributes: Math.max(0, attributes.length - ATTRIBUTES),
  };
}

function oldest(open: readonly Finding[]): number | null {
  return open.length === 0 ? null : Math.min(...open.map(({ first_seen }) => first_seen));
}

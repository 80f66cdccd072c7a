/** How a stack comes to need another one. */
export type NeedKind = 'depends_on' | 'inputs' | 'remote_state' | 'manifest';

/** One stack needs another: it is planned after that one was applied. */
export interface Dependency {
  readonly stack: string;
  readonly needs: string;
  readonly via: NeedKind;
  /** Outputs that are read; null: nobody knows which; none: it is only an order. */
  readonly outputs: readonly string[] | null;
  /** `holdfast.yaml:12`, `app/main.tf:3`. */
  readonly evidence: string;
}

/** Needs by stack. */
export type NeedMap = ReadonlyMap<string, readonly Dependency[]>;

/** The same dependencies by who needs. */
export function byDependant(all: readonly Dependency[]): NeedMap {
  return Map.groupBy(all, ({ stack }) => stack);
}

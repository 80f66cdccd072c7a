/** What tells one version of a state from another. */
export interface StateMark {
  readonly serial: number;
  readonly lineage: string;
  /** SHA-256 of its bytes. */
  readonly digest: string;
}

export type WriteAnswer =
  | { readonly kind: 'store' }
  /** The same bytes again: the first answer was lost. */
  | { readonly kind: 'identical' }
  | { readonly kind: 'refuse'; readonly why: string };

/** Whether `incoming` may follow on `current` (null: no version ever existed). */
export function decideWrite(current: StateMark | null, incoming: StateMark): WriteAnswer {
  if (!current) return { kind: 'store' };
  if (incoming.lineage !== current.lineage) {
    const why = `the stored state has the lineage ${current.lineage}, this one ${incoming.lineage}: it is another state`;
    return { kind: 'refuse', why };
  }
  if (incoming.serial > current.serial) return { kind: 'store' };
  if (incoming.serial === current.serial && incoming.digest === current.digest) return { kind: 'identical' };
  const why =
    incoming.serial === current.serial
      ? `serial ${current.serial} is stored already, with other content`
      : `serial ${current.serial} is stored already, this one is ${incoming.serial}`;
  return { kind: 'refuse', why };
}

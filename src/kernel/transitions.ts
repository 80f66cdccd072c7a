/** A state machine written down once: from each status, the statuses it may go to. */
export type TransitionTable<S extends string> = Readonly<Record<S, readonly S[]>>;

/** Whether the table has an arrow from `from` to `to`. */
export function canMove<S extends string>(table: TransitionTable<S>, from: S, to: S): boolean {
  return table[from].includes(to);
}

/** The statuses from which `to` can be reached in one step, in the table's order. */
export function sourcesOf<S extends string>(table: TransitionTable<S>, to: S): S[] {
  return (Object.keys(table) as S[]).filter((from) => canMove(table, from, to));
}

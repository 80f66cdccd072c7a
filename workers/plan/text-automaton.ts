/** Finds many texts in one pass (Aho-Corasick), one UTF-16 unit at a time. State 0 is "nothing begun". */
export interface TextAutomaton {
  next(state: number, unit: number): number;
  /** Length of the longest text that ends here; 0 where none does. */
  matchLength(state: number): number;
  /** How many of the last units may be the beginning of a text. */
  depth(state: number): number;
  /** From state 0: the next position whose unit begins any text, or the text's end. */
  skip(text: string, from: number): number;
}

/** Builds the automaton; its size is the sum of the texts' lengths. */
export function createTextAutomaton(patterns: Iterable<string>): TextAutomaton {
  const edges = new Map<number, number>();
  const depths = [0];
  const lengths = [0];
  const key = (state: number, unit: number) => state * 0x10000 + unit;
  const children: { parent: number; unit: number; state: number }[] = [];
  for (const pattern of patterns) {
    let state = 0;
    for (let i = 0; i < pattern.length; i++) {
      const unit = pattern.charCodeAt(i);
      let next = edges.get(key(state, unit));
      if (next === undefined) {
        next = depths.length;
        depths.push(i + 1);
        lengths.push(0);
        edges.set(key(state, unit), next);
        children.push({ parent: state, unit, state: next });
      }
      state = next;
    }
    lengths[state] = pattern.length;
  }

  // One bit a unit: a byte each would be 64 KiB to be cleared and collected for every run.
  const starts = new Uint8Array(0x10000 / 8);
  const fails = new Uint32Array(depths.length);
  const step = (from: number, unit: number): number => {
    let state = from;
    for (;;) {
      const next = edges.get(key(state, unit));
      if (next !== undefined) return next;
      if (state === 0) return 0;
      state = fails[state] ?? 0;
    }
  };
  // Breadth first: a state's fallback is nearer to the root, so it is ready before it is needed.
  children.sort((a, b) => (depths[a.state] ?? 0) - (depths[b.state] ?? 0));
  for (const { parent, unit, state } of children) {
    if (parent === 0) starts[unit >> 3] = (starts[unit >> 3] ?? 0) | (1 << (unit & 7));
    else fails[state] = step(fails[parent] ?? 0, unit);
    if (lengths[state] === 0) lengths[state] = lengths[fails[state] ?? 0] ?? 0;
  }

  return {
    next: step,
    matchLength: (state) => lengths[state] ?? 0,
    depth: (state) => depths[state] ?? 0,
    skip(text, from) {
      let at = from;
      for (; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        if ((starts[unit >> 3] ?? 0) & (1 << (unit & 7))) break;
      }
      return at;
    },
  };
}

import type { Dependency } from './dependency.ts';

/** What needs what, in both directions, through any number of steps. */
export interface DependencyOrder {
  /** Everything that comes before a stack, nearest first. What needs it in turn (a circle) is left out. */
  before(stack: string): readonly string[];
  /** Everything that comes after a stack, nearest first; circles left out. */
  after(stack: string): readonly string[];
}

/** The order that dependencies give. Pure; each question walks over what it needs and no more. */
export function orderOf(all: readonly Dependency[]): DependencyOrder {
  const needs = adjacency(all.map(({ stack, needs }) => [stack, needs]));
  const needed = adjacency(all.map(({ stack, needs }) => [needs, stack]));
  const withoutCircles = (stack: string, there: Adjacency, back: Adjacency) => {
    const found = reach(stack, there);
    if (found.length === 0) return found;
    const circle = new Set(reach(stack, back));
    return found.filter((other) => !circle.has(other));
  };
  return {
    before: (stack) => withoutCircles(stack, needs, needed),
    after: (stack) => withoutCircles(stack, needed, needs),
  };
}

type Adjacency = ReadonlyMap<string, ReadonlySet<string>>;

function adjacency(pairs: readonly (readonly [string, string])[]): Adjacency {
  const out = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    const known = out.get(from);
    if (known) known.add(to);
    else out.set(from, new Set([to]));
  }
  return out;
}

function reach(from: string, edges: Adjacency): string[] {
  const seen = new Set([from]);
  const found: string[] = [];
  for (const stack of seen) {
    for (const next of edges.get(stack) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      found.push(next);
    }
  }
  return found;
}

/** A circle through the stack as it would be walked: `a`, `b`, `a`; null where there is none. Pure. */
export function circleThrough(stack: string, needs: ReadonlyMap<string, readonly Dependency[]>): Dependency[] | null {
  const came = new Map<string, Dependency>();
  const queue = [stack];
  for (const at of queue) {
    for (const edge of needs.get(at) ?? []) {
      if (edge.needs === stack) return walkBack(edge, came, stack);
      if (came.has(edge.needs)) continue;
      came.set(edge.needs, edge);
      queue.push(edge.needs);
    }
  }
  return null;
}

function walkBack(last: Dependency, came: ReadonlyMap<string, Dependency>, start: string): Dependency[] {
  const path = [last];
  let at = last.stack;
  while (at !== start) {
    const edge = came.get(at);
    if (!edge) break;
    path.unshift(edge);
    at = edge.stack;
  }
  return path;
}

import { dirOf } from './repo-path.ts';
import type { Touch } from './touch.ts';

/** A touch with the stack it belongs to. */
export interface IndexedTouch {
  readonly stack: string;
  readonly touch: Touch;
}

/** What the index holds of a stack. */
interface TouchedStack {
  readonly entry: { readonly name: string };
  readonly touches: readonly Touch[];
}

/** Finds what a changed path touches without looking at every stack. Never altered. */
export interface TouchIndex {
  /** Touches that a path reaches, in no order; whether an engine reads the file in a directory is not asked. */
  find(path: string): IndexedTouch[];
  /** The index with some stacks replaced, added (`nodes`) or gone. */
  replace(nodes: readonly TouchedStack[], gone: Iterable<string>, all: () => Iterable<TouchedStack>): TouchIndex;
}

/** More replaced stacks than this are worth a new index. */
const MAX_REPLACED = 400;

/** Arranges touches by the path, or the directory, at which they can be found. */
export function buildTouchIndex(stacks: Iterable<TouchedStack>): TouchIndex {
  return layered(new Layer(stacks), new Map());
}

/** An index over an older one: what was replaced since is looked up in a small layer of its own. */
function layered(base: Layer, replaced: ReadonlyMap<string, TouchedStack | null>): TouchIndex {
  const top = replaced.size === 0 ? null : new Layer([...replaced.values()].filter((stack) => stack !== null));
  return {
    find(path) {
      const found = base.find(path);
      return top ? [...found.filter(({ stack }) => !replaced.has(stack)), ...top.find(path)] : found;
    },
    replace(nodes, gone, all) {
      const next = new Map(replaced);
      for (const name of gone) next.set(name, null);
      for (const node of nodes) next.set(node.entry.name, node);
      return next.size > MAX_REPLACED ? buildTouchIndex(all()) : layered(base, next);
    },
  };
}

class Layer {
  readonly #files = new Map<string, IndexedTouch[]>();
  readonly #configs = new Map<string, IndexedTouch[]>();
  readonly #below = new Map<string, IndexedTouch[]>();
  readonly #all: IndexedTouch[] = [];

  constructor(stacks: Iterable<TouchedStack>) {
    for (const { entry, touches } of stacks) for (const touch of touches) this.#add({ stack: entry.name, touch });
  }

  find(path: string): IndexedTouch[] {
    const dir = dirOf(path);
    const found = [...this.#all, ...(this.#files.get(path) ?? []), ...(this.#configs.get(dir) ?? [])];
    for (let up = dir; ; up = dirOf(up)) {
      for (const indexed of this.#below.get(up) ?? []) if (reaches(indexed.touch, path)) found.push(indexed);
      if (up === '') return found;
    }
  }

  #add(indexed: IndexedTouch): void {
    const { touch } = indexed;
    if (touch.match === 'all') this.#all.push(indexed);
    else if (touch.match === 'file') push(this.#files, touch.path, indexed);
    else if (touch.match === 'config') push(this.#configs, touch.path, indexed);
    else push(this.#below, touch.match === 'glob' ? touch.base : touch.path, indexed);
  }
}

function push(map: Map<string, IndexedTouch[]>, key: string, value: IndexedTouch): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Whether a path below the touch's directory is meant. */
function reaches(touch: Touch, path: string): boolean {
  if (touch.match === 'under') return true;
  if (touch.match === 'glob') return touch.test(path);
  if (touch.match !== 'prefix') return false;
  return path.startsWith(touch.rest, touch.path === '' ? 0 : touch.path.length + 1);
}

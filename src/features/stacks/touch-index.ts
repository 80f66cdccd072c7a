import { dirOf, nameOf } from './repo-path.ts';
import type { Touch } from './touch.ts';

/** A touch with the stack it belongs to. */
export interface IndexedTouch {
  readonly stack: string;
  readonly touch: Touch;
}

/** Finds what a changed path touches without looking at every stack. */
export interface TouchIndex {
  /** Touches of a path, in no order. `readsConfig` says whether a stack's engine reads that file in its directory. */
  find(path: string, readsConfig: (stack: string, dir: string, name: string) => boolean): IndexedTouch[];
}

/** Arranges touches by the path, or the directory, at which they can be found. */
export function buildTouchIndex(touches: Iterable<IndexedTouch>): TouchIndex {
  const files = new Map<string, IndexedTouch[]>();
  const configs = new Map<string, IndexedTouch[]>();
  const below = new Map<string, IndexedTouch[]>();
  const all: IndexedTouch[] = [];
  for (const indexed of touches) {
    const { touch } = indexed;
    if (touch.match === 'all') all.push(indexed);
    else if (touch.match === 'file') push(files, touch.path, indexed);
    else if (touch.match === 'config') push(configs, touch.path, indexed);
    else push(below, touch.match === 'glob' ? touch.base : touch.path, indexed);
  }
  return {
    find(path, readsConfig) {
      const found: IndexedTouch[] = [...all, ...(files.get(path) ?? [])];
      const dir = dirOf(path);
      for (const indexed of configs.get(dir) ?? []) {
        if (readsConfig(indexed.stack, dir, nameOf(path))) found.push(indexed);
      }
      for (let up = dir; ; up = dirOf(up)) {
        for (const indexed of below.get(up) ?? []) if (reaches(indexed.touch, path)) found.push(indexed);
        if (up === '') return found;
      }
    },
  };
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

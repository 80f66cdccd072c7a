import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { formatPath, type KeyPath, pathKey } from './key-path.ts';

const MAX_NODES = 200_000;
const MAX_DEPTH = 50;

/** What is wrong with a document that is valid YAML. */
export interface YamlFault {
  readonly message: string;
  readonly offset: number | null;
  readonly key: string | null;
  readonly wayOut: string | null;
}

interface Place {
  readonly key?: number;
  readonly value?: number;
  readonly source?: string;
}

/** Turns YAML nodes into plain values, remembering where each stood. Counts every node it visits, those behind aliases too. */
export class YamlReader {
  readonly places = new Map<string, Place>();
  readonly faults: YamlFault[] = [];
  /** Whether reading ended early, so that the value is a part only. */
  isStopped = false;
  readonly #document: Document.Parsed;
  // The library's own `alias.resolve` walks the whole document for each alias.
  readonly #anchors = new Map<string, unknown>();
  #nodes = 0;

  readonly #merges: boolean;

  /** `merges`: `<<: *anchor` puts the keys of that map under those beside it, as YAML 1.1 has it. */
  constructor(document: Document.Parsed, merges = false) {
    this.#document = document;
    this.#merges = merges;
  }

  /** The whole document as a plain value. Call it once. */
  read(): unknown {
    return this.#value(this.#document.contents, [], {});
  }

  #value(node: unknown, path: KeyPath, place: Place): unknown {
    this.#nodes += 1;
    const offset = offsetOf(node);
    const seenAt = place.value ?? offset;
    if (this.#nodes > MAX_NODES)
      return this.#stop(`holds more than ${MAX_NODES} values, counted through its aliases`, seenAt);
    if (path.length > MAX_DEPTH) return this.#stop('is nested too deeply', seenAt);
    if (isAlias(node)) return this.#alias(node, path, place);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    const value = offset === null ? {} : { value: offset };
    const source = isScalar(node) && node.source !== undefined ? { source: node.source } : {};
    this.places.set(pathKey(path), { ...value, ...place, ...source });
    if (isMap(node)) return this.#map(node, path, place.value);
    if (isSeq(node)) {
      const at = place.value === undefined ? {} : { value: place.value };
      return node.items.map((item, index) => (this.isStopped ? null : this.#value(item, [...path, index], at)));
    }
    return isScalar(node) ? plain(node.value) : null;
  }

  /** What an alias stands for, said to stand where the alias does. */
  #alias(node: Alias, path: KeyPath, place: Place): unknown {
    const target = this.#anchors.get(node.source);
    const offset = offsetOf(node);
    if (target === undefined) {
      this.#fault('is an alias of an anchor that is not set before it', offset, path);
      return null;
    }
    return this.#value(target, path, { value: offset ?? 0, ...place });
  }

  #map(node: YAMLMap, path: KeyPath, offset: number | undefined): Record<string, unknown> {
    const merged = this.#merges ? this.#merged(node, path) : {};
    const map: Record<string, unknown> = {};
    for (const pair of node.items as Pair[]) {
      if (this.isStopped) break;
      if (this.#merges && isMerge(pair)) continue;
      const keyOffset = offset ?? offsetOf(pair.key) ?? undefined;
      const key = isScalar(pair.key) && pair.key.value !== null ? String(pair.key.value) : null;
      if (key === null) {
        this.#fault('has a key that is no text', keyOffset ?? null, path);
        continue;
      }
      const at = [...path, key];
      if (Object.hasOwn(map, key)) this.#fault('is there twice', keyOffset ?? null, at, 'keep one of them');
      const keyPlace = keyOffset === undefined ? {} : { key: keyOffset };
      const child = this.#value(pair.value, at, offset === undefined ? keyPlace : { ...keyPlace, value: offset });
      // A plain assignment to `__proto__` would set the prototype.
      Object.defineProperty(map, key, { value: child, enumerable: true, writable: true, configurable: true });
    }
    return { ...merged, ...map };
  }

  /** What `<<` brings along; of several maps the first that has a key gives it. */
  #merged(node: YAMLMap, path: KeyPath): Record<string, unknown> {
    const merged: Record<string, unknown> = {};
    for (const { key, value } of (node.items as Pair[]).filter(isMerge)) {
      const offset = offsetOf(key) ?? undefined;
      for (const source of (isSeq(value) ? value.items : [value]).toReversed()) {
        this.#nodes += 1;
        if (this.#nodes > MAX_NODES) this.#stop(`holds more than ${MAX_NODES} values`, offset ?? null);
        if (this.isStopped) return merged;
        const target = isAlias(source) ? this.#anchors.get(source.source) : source;
        if (isMap(target)) Object.assign(merged, this.#map(target, path, offset));
        else this.#fault('is no map, or an anchor that is not set before it', offset ?? null, [...path, '<<']);
      }
    }
    return merged;
  }

  #fault(message: string, offset: number | null, path: KeyPath, wayOut: string | null = null): void {
    if (this.faults.length >= 50) return;
    this.faults.push({ message, offset, key: path.length === 0 ? null : formatPath(path), wayOut });
  }

  #stop(message: string, offset: number | null): null {
    if (!this.isStopped) this.#fault(message, offset, [], null);
    this.isStopped = true;
    return null;
  }
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<';
}

function offsetOf(node: unknown): number | null {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? null;
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

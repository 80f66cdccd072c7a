import type { ChangeReason } from '../../kernel/stack-entry.ts';

const ORDER: readonly ChangeReason['kind'][] = [
  'added',
  'deleted',
  'config',
  'file',
  'module',
  'path',
  'when_modified',
  'dependency',
];

/** The reasons of one stack: one per kind and path, the shortest way kept. */
export class ReasonList {
  readonly #reasons = new Map<string, ChangeReason>();

  add(reason: ChangeReason): void {
    const key = `${reason.kind}\0${reason.path}`;
    const known = this.#reasons.get(key);
    if (!known || reason.via.length < known.via.length) this.#reasons.set(key, reason);
  }

  /** By kind, then by path. */
  toArray(): ChangeReason[] {
    return [...this.#reasons.values()].sort(
      (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
    );
  }
}

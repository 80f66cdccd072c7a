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

/** More are not listed: a stack that everything touches has no use for a list of everything. */
const MAX_REASONS = 10_000;
const MAX_SWEEPING = 100;

/** The reasons of one stack: one per kind and path, the shortest way kept. */
export class ReasonList {
  readonly #reasons = new Map<string, ChangeReason>();

  /** `isSweeping`: it would be given for any path whatever, so a hundred of them are enough. */
  add(reason: ChangeReason, isSweeping = false): void {
    const key = `${reason.kind}\0${reason.path}`;
    const known = this.#reasons.get(key);
    if (!known && this.#reasons.size >= (isSweeping ? MAX_SWEEPING : MAX_REASONS)) return;
    if (!known || reason.via.length < known.via.length) this.#reasons.set(key, reason);
  }

  /** By kind, then by path. */
  toArray(): ChangeReason[] {
    return [...this.#reasons.values()].sort(
      (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
    );
  }
}

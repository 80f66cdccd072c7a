import type { YamlDocument } from '../yaml-document.ts';

/** A file as its schema reads it, with its places. */
export interface Parsed<T> {
  readonly document: YamlDocument;
  readonly value: T;
}

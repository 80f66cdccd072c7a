import type { BlobKind, ParsedFile } from '../../platform/hcl/parsed-file.ts';

/** A blob in a role: the same bytes say different things as `.tf` and as a link. */
export interface BlobKey {
  readonly sha: string;
  readonly kind: BlobKind;
}

/** What was found in blobs before, kept over restarts. It may forget at any time. */
export interface ParseCache {
  /** By `keyText`; missing ones are absent. */
  getMany(keys: readonly BlobKey[]): Promise<Map<string, ParsedFile>>;
  putMany(files: readonly { readonly key: BlobKey; readonly file: ParsedFile }[]): Promise<void>;
}

/** A key as text. */
export function keyText(key: BlobKey): string {
  return `${key.kind}:${key.sha}`;
}

/** Remembers nothing: for `holdfast changed`, which starts afresh each time. */
export const noParseCache: ParseCache = {
  getMany: async () => new Map(),
  putMany: async () => {},
};

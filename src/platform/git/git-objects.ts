import type { Readable } from 'node:stream';

/** One entry of a tree, read recursively. Paths are repository-relative with `/`, exactly git's bytes decoded as UTF-8. */
export interface TreeEntry {
  readonly path: string;
  /** 6 octal digits: 100644, 100755, 120000 (link), 160000 (submodule). */
  readonly mode: string;
  /** Object id. */
  readonly sha: string;
}

/** One path whose entry differs between two commits; null where it is not there. */
export interface TreeChange {
  readonly path: string;
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

/** One file that differs between two commits. */
export interface ChangedFile {
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed';
  readonly path: string;
  /** Where a renamed file was. */
  readonly previousPath: string | null;
}

export interface CommitInfo {
  readonly commit: string;
  /** `Name <mail>` of the author. */
  readonly author: string;
  /** First line of the message. */
  readonly subject: string;
  readonly authoredAt: number;
  readonly parents: readonly string[];
}

/** Reads the objects of one repository (a bare mirror, or a local checkout for `holdfast changed`). Never writes. */
export interface GitObjects {
  /** Full id of a revision, or null. The revision never stands in an option's place. */
  resolve(revision: string): Promise<string | null>;
  commitInfo(commit: string): Promise<CommitInfo>;
  /** All files of the commit's tree below `dir` (default: all). Submodules and links are entries of their own. */
  listTree(commit: string, dir?: string): Promise<TreeEntry[]>;
  /** Git's id of the commit's tree: one for all commits with the same files; null where there is none. */
  treeId(commit: string): Promise<string | null>;
  /** Every path whose entry differs, as it was and as it is: cheap, and knows no renames. */
  compare(base: string, head: string): Promise<TreeChange[]>;
  /** Files that differ, with renames found by git. `base` null: everything is added. */
  diff(base: string | null, head: string): Promise<ChangedFile[]>;
  mergeBase(a: string, b: string): Promise<string | null>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Contents of blobs by object id; missing ids are absent from the map. Larger than `maxBytes` are absent, too. */
  readBlobs(shas: readonly string[], maxBytes?: number): Promise<Map<string, Buffer>>;
  /** A tar of the commit's files (all, or those below `paths`), as a plain clone would check them out: no export-ignore. */
  archive(commit: string, paths: readonly string[] | null): Readable;
  /** Ends helper processes. */
  close(): Promise<void>;
}

/** A bare mirror of one watched repository. */
export interface GitMirror extends GitObjects {
  readonly path: string;
  /** Head of the branch at the remote (one cheap request); null where the branch or every branch is missing. */
  remoteHead(branch: string): Promise<string | null>;
  /** `+refs/heads/*:refs/heads/*`, prune, no tags, no submodules. */
  fetch(): Promise<void>;
  /** Head of the branch in the mirror. */
  localHead(branch: string): Promise<string | null>;
  /** Keeps a commit alive as `refs/holdfast/keep/<sha>` although a force-push drops it. */
  keep(commit: string): Promise<void>;
  release(commit: string): Promise<void>;
}

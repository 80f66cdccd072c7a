import type { TreeChange } from './git-objects.ts';

/** Git repeats a line that begins with no object id, after all that came before it: so an answer's end is seen. */
export const DIFF_MARK = 'end\n';

/** What git said to one question. `about`: `commit base`, as git understood them; null: it said of nothing what differs. */
export interface TreeDiffAnswer {
  readonly about: string | null;
  readonly changes: TreeChange[];
}

const GONE = '000000';

/** Whole answers, each ended by the mark; null where the last one is not whole yet. Pure. */
export function parseTreeDiffs(data: Buffer): TreeDiffAnswer[] | null {
  const text = data.toString('utf8');
  const answers: TreeDiffAnswer[] = [];
  let about: string | null = null;
  let changes: TreeChange[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith(DIFF_MARK, at)) {
      answers.push({ about, changes });
      about = null;
      changes = [];
      at += DIFF_MARK.length;
      continue;
    }
    const middle = text.indexOf('\0', at);
    if (text[at] !== ':') {
      const line = text.indexOf('\n', at);
      // A line is what git says of two trees, and the empty one before records.
      const isHeader = middle >= 0 && (line < 0 || middle < line);
      if (isHeader) about = text.slice(at, middle);
      else if (line < 0) return null;
      at = (isHeader ? middle : line) + 1;
      continue;
    }
    if (middle < 0) return null;
    const end = text.indexOf('\0', middle + 1);
    if (end < 0) return null;
    changes.push(toChange(text.slice(at + 1, middle), text.slice(middle + 1, end)));
    at = end + 1;
  }
  return about === null && changes.length === 0 ? answers : null;
}

/** `oldmode newmode oldsha newsha status`, and the path. */
function toChange(meta: string, path: string): TreeChange {
  const [oldMode = '', newMode = '', oldSha = '', newSha = ''] = meta.split(' ');
  return {
    path,
    before: oldMode === GONE ? null : { path, mode: oldMode, sha: oldSha },
    after: newMode === GONE ? null : { path, mode: newMode, sha: newSha },
  };
}

import type { ChangedFile, CommitInfo, TreeEntry } from './git-objects.ts';

/** Reads `ls-tree -z`. Throws where the text is no listing. */
export function parseTree(text: string): TreeEntry[] {
  return splitZ(text).map((record) => {
    const match = /^(\d{6}) \w+ ([0-9a-f]{40,64})\t(.+)$/s.exec(record);
    if (!match) throw new Error('git ls-tree printed something unexpected');
    return { mode: match[1] ?? '', sha: match[2] ?? '', path: match[3] ?? '' };
  });
}

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  // A copy leaves its origin alone: for us a new file.
  C: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  T: 'type_changed',
};

/** Reads `diff-tree -r -z --name-status`. Throws where the text is no such list. */
export function parseDiff(text: string): ChangedFile[] {
  const parts = splitZ(text);
  const files: ChangedFile[] = [];
  for (let i = 0; i < parts.length; ) {
    const letter = parts[i++]?.charAt(0) ?? '';
    const status = STATUS[letter];
    const first = parts[i++];
    if (!status || first === undefined) throw new Error('git diff-tree printed something unexpected');
    const second = letter === 'R' || letter === 'C' ? parts[i++] : undefined;
    files.push({ status, path: second ?? first, previousPath: letter === 'R' ? first : null });
  }
  return files;
}

function splitZ(text: string): string[] {
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** Reads a commit object. Control characters are taken out of author and subject: a stranger wrote them. */
export function parseCommit(commit: string, content: Buffer): CommitInfo {
  const raw = content.toString('latin1');
  const split = raw.indexOf('\n\n');
  const headers = raw.slice(0, split < 0 ? raw.length : split).split('\n');
  const header = (name: string) => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  const decode = decoderFor(header('encoding'));
  const author = /^(.*) (-?\d+) [+-]\d+$/.exec(header('author'));
  const body = split < 0 ? '' : raw.slice(split + 2).replace(/^\n+/, '');
  return {
    commit,
    author: clean(decode(author?.[1] ?? header('author'))).slice(0, 300),
    subject: clean(decode(body.split('\n')[0] ?? '')).slice(0, 500),
    authoredAt: Number(author?.[2] ?? 0) * 1000,
    parents: headers.filter((line) => line.startsWith('parent ')).map((line) => line.slice('parent '.length)),
  };
}

function decoderFor(encoding: string): (latin1: string) => string {
  let decoder = new TextDecoder();
  try {
    if (encoding !== '') decoder = new TextDecoder(encoding);
  } catch {
    // An encoding nobody knows: UTF-8 with replacement characters is still readable.
  }
  return (latin1) => decoder.decode(Buffer.from(latin1, 'latin1'));
}

function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes and line tricks
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trim();
}

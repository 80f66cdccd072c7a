/** One answer of `git cat-file --batch` or `--batch-check`. `content` is null for `--batch-check`, and for missing objects. */
export interface CatFileAnswer {
  /** Object id; null where the object is missing or ambiguous. */
  readonly sha: string | null;
  readonly type: string;
  readonly size: number;
  readonly content: Buffer | null;
}

const MISSING: CatFileAnswer = { sha: null, type: 'missing', size: 0, content: null };
const LINE_LIMIT = 16_384;

/** Cuts cat-file's output into answers, whatever the chunk borders. Holds at most one object. Throws where it is no such output. */
export class CatFileParser {
  readonly #withContent: boolean;
  readonly #onAnswer: (answer: CatFileAnswer) => void;
  #pending: Buffer[] = [];
  #length = 0;
  #header: { readonly sha: string; readonly type: string; readonly size: number } | null = null;

  constructor(withContent: boolean, onAnswer: (answer: CatFileAnswer) => void) {
    this.#withContent = withContent;
    this.#onAnswer = onAnswer;
  }

  push(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#length += chunk.length;
    while (this.#header ? this.#readContent(this.#header) : this.#readHeader());
  }

  #readHeader(): boolean {
    if (this.#length === 0) return false;
    const data = this.#join();
    const end = data.indexOf(10);
    if (end < 0) {
      if (data.length > LINE_LIMIT) throw new Error('git cat-file printed something unexpected');
      return false;
    }
    const line = data.toString('utf8', 0, end);
    this.#keep(data.subarray(end + 1));
    const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (!match) {
      if (!/ (?:missing|ambiguous)$/.test(line)) throw new Error('git cat-file printed something unexpected');
      this.#onAnswer(MISSING);
      return true;
    }
    const header = { sha: match[1] ?? '', type: match[2] ?? '', size: Number(match[3]) };
    if (this.#withContent) this.#header = header;
    else this.#onAnswer({ ...header, content: null });
    return true;
  }

  #readContent(header: { readonly sha: string; readonly type: string; readonly size: number }): boolean {
    // The object is followed by one line feed.
    if (this.#length < header.size + 1) return false;
    const data = this.#join();
    // A copy: a slice would keep the whole chunk alive.
    const content = Buffer.from(data.subarray(0, header.size));
    this.#keep(data.subarray(header.size + 1));
    this.#header = null;
    this.#onAnswer({ ...header, content });
    return true;
  }

  #join(): Buffer {
    if (this.#pending.length === 1) return this.#pending[0] as Buffer;
    const data = Buffer.concat(this.#pending);
    this.#pending = [data];
    return data;
  }

  #keep(rest: Buffer): void {
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }
}

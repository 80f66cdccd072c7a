/** Splits bytes into lines, in any chunks. Nothing longer than `maxBytes` is ever kept. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Hands out an unfinished last line. */
  end(): void;
}

/** Receives a line without its newline. One longer than the bound comes in pieces, the last of which has `isEnd`. */
export type LineListener = (line: string, is: { readonly isWhole: boolean; readonly isEnd: boolean }) => void;

/** A splitter that cuts at `maxBytes` where a line is longer, at the same places whatever the chunks are. */
export function createLineSplitter(maxBytes: number, onLine: LineListener): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;
  let isPiece = false;

  function take(bytes: Buffer): void {
    parts.push(bytes);
    size += bytes.length;
  }

  function flush(isEnd: boolean): void {
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, size);
    const cut = isEnd ? line.length : characterBorder(line);
    onLine(line.toString('utf8', 0, cut), { isWhole: isEnd && !isPiece, isEnd });
    const rest = line.subarray(cut);
    parts = rest.length > 0 ? [Buffer.from(rest)] : [];
    size = rest.length;
    isPiece = !isEnd;
  }

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        const newline = chunk.indexOf(10, at);
        const end = newline === -1 ? chunk.length : newline;
        const room = maxBytes - size;
        if (end - at > room) {
          take(chunk.subarray(at, at + room));
          flush(false);
          at += room;
          continue;
        }
        if (newline === -1) {
          // A copy: what is kept must not hold on to a large chunk of the caller's.
          if (end > at) take(Buffer.from(chunk.subarray(at, end)));
          return;
        }
        take(chunk.subarray(at, end));
        flush(true);
        at = end + 1;
      }
    },
    end() {
      if (size > 0 || isPiece) flush(true);
    },
  };
}

/** Where to cut so that no UTF-8 character is split. */
function characterBorder(line: Buffer): number {
  let at = line.length - 1;
  while (at > line.length - 4 && at > 0 && ((line[at] ?? 0) & 0xc0) === 0x80) at--;
  const lead = line[at] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return at > 0 && at + length > line.length ? at : line.length;
}

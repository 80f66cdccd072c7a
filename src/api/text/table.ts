/** A cell: its clean text, and how it is painted after its width is known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Left-aligned columns two spaces apart; the last one is cut to `width` where that is known. No trailing spaces. */
export function renderTable(rows: readonly (readonly (Cell | string)[])[], width?: number): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell.text));
    });
  }
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(12, width - before);
  return cells
    .map((row) => {
      const parts = row.map((cell, i) => {
        const text = i === last ? cut(cell.text, room) : cell.text;
        const pad = i === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
        return (cell.paint === undefined || text === '' ? text : cell.paint(text)) + pad;
      });
      return `${parts.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

function cut(text: string, room: number): string {
  const chars = Array.from(text);
  return chars.length <= room ? text : `${chars.slice(0, room - 1).join('')}…`;
}

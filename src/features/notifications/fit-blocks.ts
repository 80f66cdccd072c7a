import type { ChatBlock } from './chat-blocks.ts';
import { codePoints } from './clean-text.ts';
import { planLines } from './plan-lines.ts';

/** How long something is as it is sent: services count one or the other. */
export interface Size {
  readonly codePoints: number;
  readonly bytes: number;
}

/** How one service shapes blocks. */
export interface BlockKit<T> {
  line(block: Extract<ChatBlock, { kind: 'line' }>): T;
  /** Lines as they are, nothing of them is markup. */
  fence(lines: readonly string[]): T;
  /** What was left out. */
  note(text: string): T;
  /** A line of a fence as it is sent, with all that comes with it. */
  encode(line: string): string;
  size(item: T): Size;
}

/** The length of a text, with the line end behind it. */
export function sizeOfText(text: string): Size {
  return { codePoints: codePoints(text) + 1, bytes: Buffer.byteLength(text) + 1 };
}

/** What of the blocks fits, in reading order: the weightiest are left out first, plans and fences are cut by whole lines. Pure. */
export function fitBlocks<T>(blocks: readonly ChatBlock[], kit: BlockKit<T>, budget: Size): T[] {
  const note = kit.size(kit.note('and 9999 more lines'));
  let room = minus(budget, note);
  const shaped = new Map<number, T[]>();
  let left = 0;
  const order = blocks.map((block, at) => ({ block, at })).toSorted((a, b) => a.block.weight - b.block.weight);
  for (const { block, at } of order) {
    const items = shape(block, kit, room);
    const next = items?.reduce((rest, item) => minus(rest, kit.size(item)), room);
    if (items === null || next === undefined || !isRoom(next)) {
      left++;
      continue;
    }
    shaped.set(at, items);
    room = next;
  }
  const said = blocks.flatMap((_, at) => shaped.get(at) ?? []);
  return left === 0 ? said : [...said, kit.note(left === 1 ? 'and 1 more line' : `and ${left} more lines`)];
}

/** null: nothing of it fits. */
function shape<T>(block: ChatBlock, kit: BlockKit<T>, room: Size): T[] | null {
  if (block.kind === 'line') return [kit.line(block)];
  const frame = kit.size(kit.fence(['']));
  const inner = minus(minus(room, frame), kit.size(kit.note('showing 99999 of 99999 changes, by type')));
  if (!isRoom(inner)) return block.kind === 'plan' ? [] : null;
  if (block.kind === 'plan') {
    const { lines, note } = planLines(block.plan, { ...inner, encode: kit.encode });
    return [...(lines.length === 0 ? [] : [kit.fence(lines)]), ...(note === null ? [] : [kit.note(note)])];
  }
  const kept = leading(block.lines, kit, inner);
  if (kept === 0) return null;
  const rest = block.lines.length - kept;
  const cut = rest === 0 ? [] : [kit.note(rest === 1 ? '1 more line' : `${rest} more lines`)];
  return [kit.fence(block.lines.slice(0, kept)), ...cut];
}

/** How many of the lines fit. */
function leading<T>(lines: readonly string[], kit: BlockKit<T>, room: Size): number {
  let rest = room;
  for (const [index, line] of lines.entries()) {
    rest = minus(rest, sizeOfText(kit.encode(line)));
    if (!isRoom(rest)) return index;
  }
  return lines.length;
}

function minus(a: Size, b: Size): Size {
  return { codePoints: a.codePoints - b.codePoints, bytes: a.bytes - b.bytes };
}

function isRoom({ codePoints: points, bytes }: Size): boolean {
  return points >= 0 && bytes >= 0;
}

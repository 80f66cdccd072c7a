import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';

/** A named node of the syntax tree as plain data, so that what reads it needs no handles into WebAssembly. */
export interface SyntaxNode {
  readonly type: string;
  /** Offsets into the source text. */
  readonly start: number;
  readonly end: number;
  /** From 0. */
  readonly row: number;
  readonly column: number;
  readonly children: readonly SyntaxNode[];
}

export interface SyntaxTree {
  readonly text: string;
  readonly root: SyntaxNode;
  /** The first place the grammar could not make sense of. */
  readonly error: { readonly row: number; readonly column: number } | null;
}

/** Turns HCL into syntax trees; errors in the text are part of the tree. */
export interface SyntaxReader {
  read(text: string): SyntaxTree;
}

/** Deeper trees are nobody's configuration, and would overflow the stack. */
const MAX_DEPTH = 600;

/** Loads the grammar (about 15 ms and 10 MB). */
export async function loadSyntaxReader(): Promise<SyntaxReader> {
  const require = createRequire(import.meta.url);
  await Parser.init();
  const grammar = require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm');
  const parser = new Parser().setLanguage(await Language.load(await readFile(grammar)));
  return {
    read(text) {
      const tree = parser.parse(text);
      if (!tree) throw new Error('the HCL grammar gave no tree');
      const cursor = tree.walk();
      try {
        const found: { row: number; column: number }[] = [];
        const root = copyNode(cursor, found, 0);
        return { text, root, error: found[0] ?? null };
      } finally {
        cursor.delete();
        tree.delete();
      }
    },
  };
}

function copyNode(cursor: TreeCursor, errors: { row: number; column: number }[], depth: number): SyntaxNode {
  if (depth > MAX_DEPTH) throw new RangeError('the configuration is nested too deeply');
  const type = cursor.nodeType;
  const { row, column } = cursor.startPosition;
  if (type === 'ERROR' || cursor.nodeIsMissing) errors.push({ row, column });
  const children: SyntaxNode[] = [];
  const { startIndex: start, endIndex: end } = cursor;
  if (cursor.gotoFirstChild()) {
    do {
      if (cursor.nodeIsMissing || (cursor.nodeIsNamed && cursor.nodeType !== 'comment')) {
        children.push(copyNode(cursor, errors, depth + 1));
      }
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { type, start, end, row, column, children };
}

/** The source text of a node. */
export function textOf(tree: SyntaxTree, node: SyntaxNode): string {
  return tree.text.slice(node.start, node.end);
}

/** The first child of the type, or null. */
export function childOf(node: SyntaxNode, type: string): SyntaxNode | null {
  return node.children.find((child) => child.type === type) ?? null;
}

import type { PathPart } from './parsed-file.ts';
import type { PathCollector, StringContext } from './path-collector.ts';
import { valuesOf } from './string-value.ts';
import { childOf, type SyntaxNode, type SyntaxReader, type SyntaxTree } from './syntax-tree.ts';
import { visitExpression } from './visit-expression.ts';

const MARK = 'HOLDFAST_END_OF_TEMPLATE';

/** What a string of JSON syntax (a template of its own) can be: one list of parts per alternative. */
export function valuesOfJson(reader: SyntaxReader, text: string): PathPart[][] {
  if (!isTemplate(text)) return [text === '' ? [] : [{ text }]];
  const parsed = parseTemplate(reader, text);
  return parsed ? valuesOf(parsed.tree, parsed.node) : [[{ unknown: true }]];
}

/** Gathers what a string of JSON syntax may name. */
export function visitJsonString(reader: SyntaxReader, text: string, into: PathCollector, context: StringContext): void {
  if (!isTemplate(text)) {
    if (text !== '') into.addString([{ text }], 1, context);
    return;
  }
  const parsed = parseTemplate(reader, text);
  if (parsed) {
    visitExpression({ ...parsed.tree }, parsed.node, into, context);
    return;
  }
  into.doubt(1, 'a template could not be read');
  if (text.includes('file')) into.addFile('file', [{ unknown: true }], 1);
}

function isTemplate(text: string): boolean {
  return text.includes('${') || text.includes('%{');
}

/**
 * The template as a node. `${x}` alone is the expression itself. Everything else is read as a heredoc, in which quotes
 * need no escaping, and handed on as if it had been quoted.
 */
function parseTemplate(reader: SyntaxReader, text: string): { tree: SyntaxTree; node: SyntaxNode } | null {
  if (text.includes(MARK)) return null;
  const head = `x = <<${MARK}\n`;
  const tree = reader.read(`${head}${text}\n${MARK}\n`);
  const heredoc = tree.error ? null : findHeredoc(tree.root);
  if (!heredoc) return null;
  const quote = (type: string, offset: number): SyntaxNode => ({
    type,
    start: offset,
    end: offset,
    row: 0,
    column: 0,
    children: [],
  });
  const inner = heredoc.children.filter((child) => child.type.startsWith('template_'));
  const only = inner.length === 1 && inner[0]?.type === 'template_interpolation' ? inner[0] : null;
  const isAlone = only && only.start === head.length && only.end === head.length + text.length;
  const expression = isAlone ? childOf(only, 'expression') : null;
  if (expression) return { tree, node: flatten(expression) };
  const children = [
    quote('quoted_template_start', head.length),
    ...inner.map(flatten),
    quote('quoted_template_end', head.length + text.length),
  ];
  return { tree, node: { ...heredoc, row: 0, type: 'quoted_template', children } };
}

/** JSON has one line as far as we know. */
function flatten(node: SyntaxNode): SyntaxNode {
  return { ...node, row: 0, children: node.children.map(flatten) };
}

function findHeredoc(node: SyntaxNode): SyntaxNode | null {
  if (node.type === 'heredoc_template') return node;
  for (const child of node.children) {
    const found = findHeredoc(child);
    if (found) return found;
  }
  return null;
}

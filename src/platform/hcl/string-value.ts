import type { PathPart } from './parsed-file.ts';
import { unescapeLiteral } from './string-literal.ts';
import { childOf, type SyntaxNode, type SyntaxTree, textOf } from './syntax-tree.ts';

const UNKNOWN: PathPart = { unknown: true };
/** More alternatives (`a ? "x" : "y"`) than this are one unknown. */
const MAX_ALTERNATIVES = 8;

/**
 * What an expression's string can be, as far as it can be known without the engine: one list of parts per alternative.
 * Never empty; what is not a string, or only known to the engine, is `unknown`.
 */
export function valuesOf(tree: SyntaxTree, node: SyntaxNode): PathPart[][] {
  return join(evaluate(tree, node));
}

/** The value where it is one literal, else null. */
export function literalOf(tree: SyntaxTree, node: SyntaxNode): string | null {
  const values = valuesOf(tree, node);
  const parts = values[0];
  if (values.length !== 1 || !parts || parts.length > 1) return null;
  const part = parts[0];
  if (!part) return '';
  return 'text' in part ? part.text : null;
}

function evaluate(tree: SyntaxTree, node: SyntaxNode): PathPart[][] {
  switch (node.type) {
    case 'expression':
      return evaluateExpression(tree, node);
    case 'literal_value':
    case 'template_expr': {
      const child = node.children[0];
      return child ? evaluate(tree, child) : [[UNKNOWN]];
    }
    case 'numeric_lit':
    case 'bool_lit':
      return [[{ text: textOf(tree, node) }]];
    case 'string_lit':
    case 'quoted_template':
      return concatenate(
        templatePieces(tree, node).map((piece) => (typeof piece === 'string' ? quoted(piece) : evaluate(tree, piece))),
      );
    case 'template_interpolation': {
      const inner = childOf(node, 'expression');
      return inner ? evaluate(tree, inner) : [[UNKNOWN]];
    }
    case 'conditional':
      return bounded(node.children.slice(1).flatMap((child) => evaluate(tree, child)));
    case 'function_call':
      return evaluateCall(tree, node);
    default:
      return [[UNKNOWN]];
  }
}

function quoted(raw: string): PathPart[][] {
  return [[{ text: unescapeLiteral(raw) }]];
}

/**
 * The texts and the interpolations of a template in order. Texts are taken from between the interpolations: the
 * grammar drops white space that stands alone.
 */
export function templatePieces(tree: SyntaxTree, template: SyntaxNode): (string | SyntaxNode)[] {
  const marks = template.children.filter((child) => child.type !== 'template_literal');
  const out: (string | SyntaxNode)[] = [];
  marks.forEach((mark, i) => {
    if (mark.type.startsWith('template_')) out.push(mark);
    const next = marks[i + 1];
    if (mark.type !== 'heredoc_start' && next && next.start > mark.end) out.push(tree.text.slice(mark.end, next.start));
  });
  return out;
}

function evaluateExpression(tree: SyntaxTree, node: SyntaxNode): PathPart[][] {
  const [first, second, third] = node.children;
  if (!first) return [[UNKNOWN]];
  if (!second) return evaluate(tree, first);
  if (first.type === 'variable_expr' && second.type === 'get_attr' && !third) {
    return [[referenceOf(textOf(tree, first), textOf(tree, second).replace(/^\.\s*/, ''))]];
  }
  return [[UNKNOWN]];
}

function referenceOf(root: string, name: string): PathPart {
  if (root === 'local') return { local: name };
  if (root === 'path' && (name === 'module' || name === 'root' || name === 'cwd')) return { path: name };
  return UNKNOWN;
}

/** `join("/", [a, b])`, `format("%s/x", a)` and `abspath(a)` are ways to write a path. */
function evaluateCall(tree: SyntaxTree, node: SyntaxNode): PathPart[][] {
  const name = callName(tree, node);
  const args = childOf(node, 'function_arguments')?.children ?? [];
  const first = args[0];
  if (!first || childOf(node, 'ellipsis')) return [[UNKNOWN]];
  if ((name === 'abspath' || name === 'pathexpand') && args.length === 1) return evaluate(tree, first);
  if (name === 'format') return evaluateFormat(tree, first, args.slice(1));
  if (name === 'join' && args.length === 2) return evaluateJoin(tree, first, args[1]);
  return [[UNKNOWN]];
}

/** The name of the function a `function_call` calls. */
export function callName(tree: SyntaxTree, call: SyntaxNode): string {
  const name = childOf(call, 'identifier');
  return name ? textOf(tree, name) : '';
}

function evaluateFormat(tree: SyntaxTree, format: SyntaxNode, args: readonly SyntaxNode[]): PathPart[][] {
  const template = literalOf(tree, format);
  if (template === null || template.includes('%%')) return [[UNKNOWN]];
  const texts = template.split('%s');
  if (texts.length !== args.length + 1 || texts.some((text) => text.includes('%'))) return [[UNKNOWN]];
  return concatenate(
    texts.flatMap((text, i) => {
      const arg = args[i];
      return arg ? [[[{ text }]], evaluate(tree, arg)] : [[[{ text }]]];
    }),
  );
}

function evaluateJoin(tree: SyntaxTree, separator: SyntaxNode, list: SyntaxNode | undefined): PathPart[][] {
  const text = literalOf(tree, separator);
  const tuple = list?.children[0]?.type === 'collection_value' ? childOf(list.children[0], 'tuple') : null;
  if (text === null || !tuple || list?.children.length !== 1) return [[UNKNOWN]];
  const items = tuple.children.filter((child) => child.type === 'expression');
  const separatorValue: PathPart[][] = [[{ text }]];
  return concatenate(items.flatMap((item, i) => (i === 0 ? [] : [separatorValue]).concat([evaluate(tree, item)])));
}

function concatenate(pieces: readonly PathPart[][][]): PathPart[][] {
  let result: PathPart[][] = [[]];
  for (const alternatives of pieces) {
    if (result.length * alternatives.length > MAX_ALTERNATIVES) {
      result = result.map((parts) => [...parts, UNKNOWN]);
      continue;
    }
    result = result.flatMap((parts) => alternatives.map((more) => [...parts, ...more]));
  }
  return result;
}

function bounded(values: PathPart[][]): PathPart[][] {
  return values.length > MAX_ALTERNATIVES ? [[UNKNOWN]] : values;
}

/** Neighbouring texts become one; neighbouring unknowns, too. */
function join(values: PathPart[][]): PathPart[][] {
  return values.map((parts) => {
    const out: PathPart[] = [];
    for (const part of parts) {
      const last = out.at(-1);
      if (last && 'text' in last && 'text' in part) out[out.length - 1] = { text: last.text + part.text };
      else if (!(last && 'unknown' in last && 'unknown' in part) && !('text' in part && part.text === ''))
        out.push(part);
    }
    return out;
  });
}

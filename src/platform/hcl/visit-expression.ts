import type { PathPart } from './parsed-file.ts';
import type { PathCollector, StringContext } from './path-collector.ts';
import { isKnown } from './path-words.ts';
import { callName, templatePieces, valuesOf } from './string-value.ts';
import { childOf, type SyntaxNode, type SyntaxTree, textOf } from './syntax-tree.ts';

/** Functions whose first argument is a file (`fileset`: a directory). */
const FILE_FUNCTIONS = new Set([
  'file',
  'fileexists',
  'fileset',
  'filebase64',
  'filebase64sha256',
  'filebase64sha512',
  'filemd5',
  'filesha1',
  'filesha256',
  'filesha512',
  'templatefile',
]);

/** Functions that make new strings: a path that goes in comes out as something unknown. */
const BUILDERS = new Set([
  'dirname',
  'format',
  'formatlist',
  'indent',
  'join',
  'lower',
  'regex',
  'regexall',
  'replace',
  'split',
  'strrev',
  'substr',
  'templatestring',
  'title',
  'trim',
  'trimprefix',
  'trimsuffix',
  'upper',
]);

const IN_TEMPLATE: StringContext = { attribute: '', inBuilder: true, isArgument: true };
/** Inside an argument that was looked at as a whole: only nested calls are news. */
const NESTED_ONLY: StringContext = { attribute: '', inBuilder: false, isArgument: true, nestedOnly: true };

/** Walks an expression and gathers every string in it that may name a file. */
export function visitExpression(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  switch (node.type) {
    case 'function_call':
      visitCall(tree, node, into, context);
      break;
    case 'string_lit':
    case 'quoted_template':
      visitString(tree, node, into, context);
      break;
    case 'heredoc_template':
      visitHeredoc(tree, node, into, context);
      break;
    case 'binary_operation':
      visitChildren(tree, node, into, { ...context, isArgument: true });
      break;
    case 'expression':
      visitPlain(tree, node, into, context);
      break;
    default:
      visitChildren(tree, node, into, context);
  }
}

function visitChildren(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  for (const child of node.children) visitExpression(tree, child, into, context);
}

/** A bare `path.module` is a directory somebody may read. */
function visitPlain(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  const first = node.children[0];
  if (first?.type === 'variable_expr' && textOf(tree, first) === 'path') {
    for (const parts of valuesOf(tree, node)) into.addString(parts, node.row + 1, context);
  }
  visitChildren(tree, node, into, context);
}

function visitString(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  const values = valuesOf(tree, node);
  for (const parts of values) into.addString(parts, node.row + 1, context);
  if (!values.every(isKnown)) visitInterpolations(tree, node, into, context);
}

/** Nested expressions can call file functions; `path.*` by itself was seen as a part of its string. */
function visitInterpolations(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  for (const child of node.children) {
    if (child.type === 'template_literal') continue;
    const inner = child.type === 'template_interpolation' ? childOf(child, 'expression') : null;
    if (inner && isPath(valuesOf(tree, inner))) continue;
    visitExpression(tree, child, into, context.nestedOnly ? context : IN_TEMPLATE);
  }
}

function isPath(values: readonly PathPart[][]): boolean {
  const part = values[0]?.[0];
  return values.length === 1 && part !== undefined && 'path' in part;
}

function visitHeredoc(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  const parts = templatePieces(tree, node).flatMap((piece): PathPart[] => {
    if (typeof piece === 'string') return [{ text: piece }];
    const inner = piece.type === 'template_interpolation' ? childOf(piece, 'expression') : null;
    return inner ? (valuesOf(tree, inner)[0] ?? []) : [{ unknown: true }];
  });
  into.addHeredoc(parts, node.row + 1);
  if (context.inBuilder) into.doubt(node.row + 1, 'a function makes a string of a heredoc');
  visitInterpolations(tree, node, into, context);
}

function visitCall(tree: SyntaxTree, node: SyntaxNode, into: PathCollector, context: StringContext): void {
  const name = callName(tree, node);
  const args = childOf(node, 'function_arguments')?.children ?? [];
  if (name === 'basename') return;
  if (FILE_FUNCTIONS.has(name)) {
    visitFileCall(tree, name, args, node.row + 1, into);
    return;
  }
  const values = valuesOf(tree, node);
  if (values.every(isKnown)) {
    for (const parts of values) into.addString(parts, node.row + 1, context);
    return;
  }
  const inBuilder = context.inBuilder || BUILDERS.has(name);
  const inner: StringContext = context.nestedOnly ? context : { attribute: '', inBuilder, isArgument: true };
  for (const arg of args) visitExpression(tree, arg, into, inner);
}

function visitFileCall(
  tree: SyntaxTree,
  name: string,
  args: readonly SyntaxNode[],
  line: number,
  into: PathCollector,
): void {
  const [first, ...rest] = args;
  if (!first) return;
  const role = name === 'templatefile' ? 'template' : 'file';
  const values = valuesOf(tree, first);
  const patterns = name === 'fileset' && rest[0] ? valuesOf(tree, rest[0]) : null;
  for (const parts of values) {
    if (!patterns) into.addFile(role, parts, line);
    for (const pattern of patterns ?? []) into.addFile(role, globPrefix(parts, pattern), line, isLiteralGlob(pattern));
  }
  if (!values.every(isKnown)) visitExpression(tree, first, into, NESTED_ONLY);
  if (patterns) return;
  for (const arg of rest) visitExpression(tree, arg, into, { attribute: '', inBuilder: false, isArgument: true });
}

/** A literal pattern finds only what lies behind its prefix; one with `..` may climb out of it. */
function isLiteralGlob(pattern: readonly PathPart[]): boolean {
  return pattern.every((part) => 'text' in part && !part.text.includes('..'));
}

/** What a `fileset` can find lies behind the pattern's text up to its first wildcard. */
function globPrefix(dir: readonly PathPart[], pattern: readonly PathPart[]): PathPart[] {
  let text = '/';
  for (const part of pattern) {
    const wild = 'text' in part ? part.text.search(/[*?[{\\]/) : 0;
    if ('text' in part) text += wild === -1 ? part.text : part.text.slice(0, wild);
    if (wild !== -1) return [...dir, { text }, { unknown: true }];
  }
  return [...dir, { text }];
}

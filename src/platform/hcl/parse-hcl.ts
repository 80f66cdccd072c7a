import type { Doubt, ParsedFile, PathPart } from './parsed-file.ts';
import { PathCollector, type StringContext } from './path-collector.ts';
import {
  attributeOf,
  type BlockHead,
  headOf,
  itemsOf,
  readBackend,
  readModule,
  readRemoteState,
} from './read-blocks.ts';
import { literalOf, valuesOf } from './string-value.ts';
import type { SyntaxNode, SyntaxTree } from './syntax-tree.ts';
import { textOf } from './syntax-tree.ts';
import { visitExpression } from './visit-expression.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };

/** What a `.tf` or `.tofu` file says; what stands around an error in it is still found. */
export function extractConfig(tree: SyntaxTree): ParsedFile {
  const out: Writable<ParsedFile> & { locals: Record<string, PathPart[]> } = {
    problem: null,
    modules: [],
    backends: [],
    required_version: [],
    providers: [],
    remote_states: [],
    locals: {},
    paths: [],
    doubts: [],
    text: null,
  };
  const into = new PathCollector();
  for (const item of itemsOf(tree.root)) {
    if (item.type !== 'block') continue;
    const head = headOf(tree, item);
    if (head.type === 'terraform') readTerraform(tree, item, out);
    else visitTopBlock(tree, item, head, out, into);
  }
  return { ...out, paths: into.uses, doubts: into.doubts };
}

/** The strings of a `.tfvars` file. */
export function extractValues(tree: SyntaxTree): Pick<ParsedFile, 'paths' | 'doubts'> {
  const into = new PathCollector();
  visitBody(tree, tree.root, into, NO_CONTEXT);
  return { paths: into.uses, doubts: [] as Doubt[] };
}

const NO_CONTEXT: StringContext = { attribute: '', inBuilder: false, isArgument: false };

function readTerraform(tree: SyntaxTree, block: SyntaxNode, out: Writable<ParsedFile>): void {
  for (const item of itemsOf(block)) {
    if (item.type === 'attribute') {
      const { name, value } = attributeOf(tree, item);
      const literal = value ? literalOf(tree, value) : null;
      if (name === 'required_version' && literal !== null) out.required_version.push(literal);
      continue;
    }
    const head = headOf(tree, item);
    if (head.type === 'backend' || head.type === 'cloud') out.backends.push(readBackend(tree, item, head));
    if (head.type === 'required_providers') {
      for (const provider of itemsOf(item)) out.providers.push(textOf(tree, provider));
    }
  }
}

function visitTopBlock(
  tree: SyntaxTree,
  block: SyntaxNode,
  head: BlockHead,
  out: Writable<ParsedFile> & { locals: Record<string, PathPart[]> },
  into: PathCollector,
): void {
  if (head.type === 'module') out.modules.push(readModule(tree, block, head));
  if (head.type === 'data' && head.labels[0] === 'terraform_remote_state') {
    out.remote_states.push(readRemoteState(tree, block, head));
  }
  if (head.type === 'data' && head.labels[0] === 'external') {
    into.doubt(head.line, 'an external program may read any file');
  }
  if (head.type === 'locals') readLocals(tree, block, out.locals);
  visitBody(tree, block, into, NO_CONTEXT, head.type === 'module');
}

/** Local values with a known beginning; of alternatives none is one. */
function readLocals(tree: SyntaxTree, block: SyntaxNode, locals: Record<string, PathPart[]>): void {
  for (const item of itemsOf(block)) {
    const { name, value } = attributeOf(tree, item);
    const values = value ? valuesOf(tree, value) : [];
    const parts = values[0];
    const first = parts?.[0];
    if (values.length === 1 && parts && first && !('unknown' in first) && name !== '__proto__') locals[name] = parts;
  }
}

function visitBody(
  tree: SyntaxTree,
  node: SyntaxNode,
  into: PathCollector,
  context: StringContext,
  isModule = false,
): void {
  for (const item of itemsOf(node)) {
    if (item.type === 'attribute') {
      const { name, value } = attributeOf(tree, item);
      if (!value || (isModule && (name === 'source' || name === 'version'))) continue;
      visitExpression(tree, value, into, { ...context, attribute: name });
      continue;
    }
    const head = headOf(tree, item);
    if (head.type === 'provisioner') visitProvisioner(tree, item, into);
    else visitBody(tree, item, into, context);
  }
}

function visitProvisioner(tree: SyntaxTree, block: SyntaxNode, into: PathCollector): void {
  into.doubt(block.row + 1, "a provisioner's command may read any file");
  const workingDir = itemsOf(block).find(
    (item) => item.type === 'attribute' && attributeOf(tree, item).name === 'working_dir',
  );
  const value = workingDir ? attributeOf(tree, workingDir).value : null;
  const base = value ? valuesOf(tree, value)[0] : undefined;
  visitBody(tree, block, into, base ? { ...NO_CONTEXT, base } : NO_CONTEXT);
}

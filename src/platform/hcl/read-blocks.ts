import { sha256 } from '../../kernel/digest.ts';
import type { BackendBlock, ModuleCall, PathPart, RemoteState, StatePlace } from './parsed-file.ts';
import { isPlaceSetting, onlyValue } from './state-place.ts';
import { literalOf, valuesOf } from './string-value.ts';
import { childOf, type SyntaxNode, type SyntaxTree, textOf } from './syntax-tree.ts';

/** A block's words: `resource "a" "b"` is type `resource` with labels `a`, `b`. */
export interface BlockHead {
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
}

/** Type and labels of a `block` node. */
export function headOf(tree: SyntaxTree, block: SyntaxNode): BlockHead {
  const words = block.children.filter((child) => child.type === 'identifier' || child.type === 'string_lit');
  const [type = '', ...labels] = words.map((word) =>
    word.type === 'identifier' ? textOf(tree, word) : (literalOf(tree, word) ?? ''),
  );
  return { type, labels, line: block.row + 1 };
}

/** Blocks and attributes inside a block, or of a file; what stands in a broken stretch is still found. */
export function itemsOf(node: SyntaxNode): SyntaxNode[] {
  return node.children.flatMap((child) => {
    if (child.type === 'block' || child.type === 'attribute') return [child];
    return child.type === 'body' || child.type === 'ERROR' || child.type === 'config_file' ? itemsOf(child) : [];
  });
}

/** The expression of an `attribute` node and its name. */
export function attributeOf(tree: SyntaxTree, node: SyntaxNode): { name: string; value: SyntaxNode | null } {
  const name = childOf(node, 'identifier');
  return { name: name ? textOf(tree, name) : '', value: childOf(node, 'expression') };
}

/** Literal attributes of a block by name; null where computed. */
export function literalsOf(tree: SyntaxTree, block: SyntaxNode): Record<string, string | null> {
  const out: Record<string, string | null> = {};
  for (const item of itemsOf(block)) {
    if (item.type !== 'attribute') continue;
    const { name, value } = attributeOf(tree, item);
    if (name !== '__proto__') out[name] = value ? literalOf(tree, value) : null;
  }
  return out;
}

/** A `module` block's call. */
export function readModule(tree: SyntaxTree, block: SyntaxNode, head: BlockHead): ModuleCall {
  const literals = literalsOf(tree, block);
  const source = literals.source ?? null;
  const written = source === null ? valueIn(tree, block, 'source') : null;
  return {
    name: head.labels[0] ?? '',
    source,
    ...(written ? { computed: onlyValue(valuesOf(tree, written)) } : {}),
    version: literals.version ?? null,
    line: head.line,
  };
}

/** A `backend` or `cloud` block. */
export function readBackend(tree: SyntaxTree, block: SyntaxNode, head: BlockHead): BackendBlock {
  const items = itemsOf(block);
  return {
    type: head.type === 'cloud' ? 'cloud' : (head.labels[0] ?? ''),
    attributes: items.map((item) =>
      item.type === 'attribute' ? attributeOf(tree, item).name : headOf(tree, item).type,
    ),
    digest: sha256(textOf(tree, block)),
    place: placeOf(tree, entriesOf(tree, block)),
    line: head.line,
  };
}

/** A `data "terraform_remote_state"` block; `config` is an object. */
export function readRemoteState(tree: SyntaxTree, block: SyntaxNode, head: BlockHead): RemoteState {
  const literals = literalsOf(tree, block);
  const workspace = valueIn(tree, block, 'workspace');
  const config = valueIn(tree, block, 'config');
  return {
    name: head.labels[1] ?? '',
    backend: literals.backend ?? null,
    workspace: workspace && onlyValue(valuesOf(tree, workspace)),
    place: config ? placeOf(tree, objectEntries(tree, config)) : {},
    line: head.line,
  };
}

function valueIn(tree: SyntaxTree, block: SyntaxNode, name: string): SyntaxNode | null {
  const item = itemsOf(block).find((one) => one.type === 'attribute' && attributeOf(tree, one).name === name);
  return item ? attributeOf(tree, item).value : null;
}

type Entries = readonly (readonly [name: string, value: SyntaxNode])[];

/** Attributes of a block; a nested block stands under its type. */
function entriesOf(tree: SyntaxTree, block: SyntaxNode): Entries {
  return itemsOf(block).flatMap((item): Entries => {
    if (item.type === 'block') return [[headOf(tree, item).type, item]];
    const { name, value } = attributeOf(tree, item);
    return value ? [[name, value]] : [];
  });
}

function objectEntries(tree: SyntaxTree, value: SyntaxNode): Entries {
  const collection = childOf(value, 'collection_value');
  const object = collection ? childOf(collection, 'object') : null;
  return (object?.children ?? []).flatMap((element): Entries => {
    const [key, held] = element.children;
    if (element.type !== 'object_elem' || !key || !held) return [];
    return [[literalOf(tree, key) ?? textOf(tree, key), held]];
  });
}

function placeOf(tree: SyntaxTree, entries: Entries): StatePlace {
  const out: Record<string, readonly PathPart[]> = {};
  for (const [name, value] of entries) {
    if (isPlaceSetting(name)) out[name] = onlyValue(valuesOf(tree, value));
    if (name !== 'workspaces') continue;
    const inner = value.type === 'block' ? entriesOf(tree, value) : objectEntries(tree, value);
    const named = inner.find(([key]) => key === 'name');
    if (named) out['workspaces.name'] = onlyValue(valuesOf(tree, named[1]));
  }
  return out;
}

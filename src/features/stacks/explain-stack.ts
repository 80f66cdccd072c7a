import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { LoadedGraph } from './graph-loader.ts';
import { outerDir } from './repo-path.ts';
import { inputsDigest } from './stack-inputs.ts';
import { type StackNode, unreadableText } from './stack-node.ts';
import type { StackExplanation } from './stack-view.ts';
import type { Touch } from './touch.ts';

/** Why a directory is a stack, whether its closure is proven, and everything whose change touches it. */
export function explainStack(node: StackNode, loaded: LoadedGraph): StackExplanation {
  const touched = new Map<string, ChangeReason>();
  for (const touch of node.touches) {
    const reason: ChangeReason = { kind: touch.kind, path: pathOf(touch), via: touch.via };
    const key = `${reason.kind}\0${reason.path}`;
    if (!touched.has(key)) touched.set(key, reason);
  }
  return {
    why: [whyStack(node, loaded), ...unreadable(node), ...proof(node)].join('\n'),
    inputs_digest: inputsDigest(node, loaded.graph.tree),
    touched_by: [...touched.values()],
  };
}

function whyStack(node: StackNode, { graph }: LoadedGraph): string {
  const { entry, root, backendBlocks } = node;
  if (entry.listed) return `${entry.dir} is a stack because holdfast.yaml lists it.`;
  const [block] = backendBlocks;
  if (block) {
    const what = block.type === 'cloud' ? 'a cloud block' : `a backend "${block.type}" block`;
    return `${entry.dir} is a stack because it has ${what}.`;
  }
  const called = graph.isCalled(root) ? '' : ' and no module call of the repository names it';
  return `${entry.dir} is a stack because it has configuration${called}.`;
}

function unreadable(node: StackNode): string[] {
  const text = unreadableText(node);
  return text === null ? [] : [`It cannot be planned: ${text}`];
}

function proof(node: StackNode): string[] {
  if (node.doubts.length === 0) return ['Every file it reads is known: workers get these files only.'];
  const shown = node.doubts.slice(0, 5).map((doubt) => `  ${doubt}`);
  const more = node.doubts.length > 5 ? [`  and ${node.doubts.length - 5} more`] : [];
  return ['Not every file it reads can be known beforehand: workers get the whole repository.', ...shown, ...more];
}

function pathOf(touch: Touch): string {
  switch (touch.match) {
    case 'file':
      return touch.path;
    case 'under':
      return `${touch.path}/`;
    case 'config':
      return `${outerDir(touch.path)}/*.tf`;
    case 'prefix':
      return `${touch.path === '' ? '' : `${touch.path}/`}${touch.rest}*`;
    case 'glob':
      return touch.via[0] ?? '';
    case 'all':
      return './';
  }
}

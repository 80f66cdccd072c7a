import type { Problem } from '../config/problem.ts';
import { repositoryNameOf } from '../config/templates.ts';
import { BlobFacts, loadGraph, noParseCache, permissiveOptions, type StackNode } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createBlobParser } from '../platform/hcl/blob-parser.ts';
import { repositoryConfigReader, stackNaming } from './graph-reading.ts';
import { openWorkingCopy } from './working-copy-objects.ts';

/** `holdfast validate DIR`: what is wrong in the stacks of a working copy. What only a server can allow is a warning. */
export async function checkStacks(dir: string, clock: Clock): Promise<Problem[]> {
  const parser = createBlobParser({ clock });
  const repository = repositoryNameOf(dir);
  const options = permissiveOptions(repository, stackNaming(repository, ''));
  const fallback = { discover: { enabled: true, ignore: [] }, stacks: [] };
  try {
    const facts = new BlobFacts({ parser, cache: noParseCache });
    const request = { objects: openWorkingCopy(dir), commit: 'working copy', options, fallback };
    const { graph } = await loadGraph(request, facts, repositoryConfigReader(clock));
    return [...graph.problems.map(leftOut), ...[...graph.stacks.values()].flatMap(problemsOf)];
  } finally {
    await parser.close();
  }
}

/** A directory that is no stack although it could be one: its name is taken, or it has no effect yet. */
function leftOut(message: string): Problem {
  const nowhere = { file: null, line: null, column: null, subject: null, key: null, value: null };
  return { ...nowhere, severity: 'warning', message: `left out: ${message}`, wayOut: null };
}

function problemsOf(node: StackNode): Problem[] {
  const subject = `stack "${node.entry.name}"`;
  const about = { subject, key: null, value: null, column: null } as const;
  const errors = node.problems.map(
    ({ path, line, message }): Problem => ({ ...about, severity: 'error', file: path, line, message, wayOut: null }),
  );
  const local = node.backendBlocks.find(({ type }) => type === 'local');
  if (local === undefined) return errors;
  const warning: Problem = {
    ...about,
    severity: 'warning',
    file: node.entry.dir,
    line: null,
    message: 'backend "local" would keep the state on a worker\'s disk, and works only where the server allows it',
    wayOut: 'leave the backend out (Holdfast keeps the state), or set `allow: {local_state: true}` in server.yaml',
  };
  return [...errors, warning];
}

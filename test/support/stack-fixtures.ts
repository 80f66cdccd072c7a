import { renderProblem } from '../../src/config/problem.ts';
import { parseRepositoryConfig } from '../../src/config/repository-config.ts';
import { defaultStackName, stackNameFault } from '../../src/config/stack-name.ts';
import { type ChangedStack, detectChanges } from '../../src/features/changes/index.ts';
import {
  BlobFacts,
  type GraphOptions,
  type LoadedGraph,
  loadGraph,
  noParseCache,
  permissiveOptions,
  type ReadRepositoryConfig,
} from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { ChangeReason } from '../../src/kernel/stack-entry.ts';
import { createBlobParser } from '../../src/platform/hcl/blob-parser.ts';
import { type MemoryFiles, MemoryObjects } from './memory-objects.ts';

/** A parser, facts and commits for one test file; `close` in afterAll. */
export function makeStackLab(options: Partial<GraphOptions> = {}) {
  const parser = createBlobParser({ clock: systemClock });
  const facts = new BlobFacts({ parser, cache: noParseCache });
  const graphOptions = { ...permissiveOptions('infra', testNaming('infra')), ...options };
  const load = async (files: MemoryFiles, over: Partial<GraphOptions> = {}): Promise<LoadedGraph> => {
    const objects = new MemoryObjects();
    const commit = objects.commit(files);
    return loadGraph({ objects, commit, options: { ...graphOptions, ...over } }, facts, readTestConfig);
  };
  return {
    facts,
    options: graphOptions,
    load,
    /** What changes between two sets of files. */
    async changed(before: MemoryFiles, after: MemoryFiles): Promise<ChangedStack[]> {
      const objects = new MemoryObjects();
      const base = objects.commit(before);
      const head = objects.commit(after);
      const from = await loadGraph({ objects, commit: base, options: graphOptions }, facts, readTestConfig);
      const to = await loadGraph({ objects, commit: head, options: graphOptions }, facts, readTestConfig);
      return detectChanges({ base: from.graph, head: to.graph, files: await objects.diff(base, head) });
    },
    close: () => parser.close(),
  };
}

export const readTestConfig: ReadRepositoryConfig = (bytes) => {
  const config = parseRepositoryConfig(bytes, { now: 0 });
  const faults = config.problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => ({ message: renderProblem(problem), line: problem.line, column: problem.column }));
  return { config, faults };
};

export function testNaming(repository: string, stackPrefix = '') {
  return {
    defaultName: (dir: string) => defaultStackName(dir, { repository, stackPrefix }),
    fault: (name: string) => {
      const fault = stackNameFault(name);
      return fault === null || typeof fault === 'string' ? fault : fault.join('; ');
    },
  };
}

/** `kind path (via, via)`. */
export function showReason(reason: ChangeReason): string {
  return `${reason.kind} ${reason.path}${reason.via.length > 0 ? ` (${reason.via.join(', ')})` : ''}`;
}

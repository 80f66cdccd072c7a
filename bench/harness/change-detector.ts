import { join } from 'node:path';
import { repositoryConfigReader, stackNaming } from '../../src/compose/graph-reading.ts';
import { detectChanges } from '../../src/features/changes/index.ts';
import { loadRange } from '../../src/features/changes/load-range.ts';
import { BlobFacts, type LoadedGraph, noParseCache, permissiveOptions } from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';
import { createBlobParser } from '../../src/platform/hcl/blob-parser.ts';

/** The control plane's change detection on a bare repository, without its database. */
export interface ChangeDetector {
  /** The paths that differ from the last head, and the stacks that touch them by the graph there was; ms. */
  look(head: string): Promise<number>;
  /** Stacks that a head touches, compared with the one before; the first head is read as a whole. */
  detect(head: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens it; `home` is for git's configuration. */
export async function openChangeDetector(dir: string, home: string): Promise<ChangeDetector> {
  const place = join(home, 'git-home');
  await prepareGitHome(place);
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: place };
  const objects = openGitObjects({ tool, dir, clock: systemClock });
  const parser = createBlobParser({ clock: systemClock });
  const facts = new BlobFacts({ parser, cache: noParseCache });
  const options = permissiveOptions('wide', stackNaming('wide', ''));
  let known: LoadedGraph | null = null;
  return {
    async look(head) {
      const from = performance.now();
      const changes = known ? await objects.compare(known.commit, head) : [];
      for (const { path } of changes) known?.graph.find(path);
      return performance.now() - from;
    },
    async detect(head) {
      const base: string | null = known?.commit ?? null;
      const readConfig = repositoryConfigReader(systemClock);
      const { before, after, changes, moved } = await loadRange({
        objects,
        base,
        head,
        options,
        facts,
        readConfig,
        known,
      });
      known = after;
      const found = detectChanges({ base: before?.graph ?? null, head: after.graph, files: changes, moved });
      return found.map(({ name }) => name);
    },
    async close() {
      await Promise.all([objects.close(), parser.close()]);
    },
  };
}

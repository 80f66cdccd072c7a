import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangedReport, ChangedRequest } from '../cli/changed-report.ts';
import type { Environment } from '../config/environment.ts';
import { repositoryNameOf } from '../config/templates.ts';
import { computeChanged } from '../features/changes/index.ts';
import { BlobFacts, noParseCache, permissiveOptions } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { openGitObjects, readRemoteUrls } from '../platform/git/local-objects.ts';
import { prepareGitHome } from '../platform/git/remote-files.ts';
import { createBlobParser } from '../platform/hcl/blob-parser.ts';
import { repositoryConfigReader, stackNaming } from './graph-reading.ts';

/** `holdfast changed`: the stacks that a range of commits of a local repository touches. Needs git and nothing else. */
export async function reportChanged(
  request: ChangedRequest,
  world: { readonly env: Environment; readonly clock: Clock },
): Promise<ChangedReport> {
  const { clock, env } = world;
  await requireDirectory(request.repo);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-changed-'));
  await prepareGitHome(home);
  const tool = { binary: 'git', hostEnv: env, home };
  const objects = openGitObjects({ tool, dir: request.repo, clock });
  const parser = createBlobParser({ clock });
  const repository = repositoryNameOf(request.repo);
  try {
    // What a server is told as the repository's address, a checkout knows as a remote.
    const urls = [request.repo, ...(await readRemoteUrls({ tool, dir: request.repo }))];
    return await computeChanged({
      objects,
      base: request.base,
      head: request.head,
      facts: new BlobFacts({ parser, cache: noParseCache }),
      readConfig: repositoryConfigReader(clock),
      options: permissiveOptions(repository, stackNaming(repository, ''), urls),
    });
  } finally {
    await Promise.all([objects.close(), parser.close()]);
    await rm(home, { recursive: true, force: true });
  }
}

async function requireDirectory(repo: string): Promise<void> {
  const found = await stat(repo).catch(() => null);
  if (found?.isDirectory()) return;
  const wayOut = 'name a checkout or a bare repository with --repo';
  throw new HoldfastError('invalid', `${repo} is no directory`, { treatment: { kind: 'human', wayOut } });
}

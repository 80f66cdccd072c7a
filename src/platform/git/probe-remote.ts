import type { GitTool } from './git-env.ts';
import type { GitRemote } from './git-remote.ts';
import { writeRemoteFiles } from './remote-files.ts';
import { RemoteRefs } from './remote-refs.ts';

export interface RemoteProbe {
  /** Head of the branch; null where it is missing. */
  readonly head: string | null;
  /** Some branches that are there (at most 20), asked only where the branch is missing. */
  readonly branches: readonly string[];
}

/** Asks a remote once, without a mirror, as `holdfast doctor` does. Throws what `gitError` makes, with the way out. */
export async function probeRemote(
  tool: GitTool,
  remote: GitRemote,
  branch: string,
  signal: AbortSignal,
): Promise<RemoteProbe> {
  const files = await writeRemoteFiles(tool.home, remote);
  try {
    const refs = new RemoteRefs({ tool, remote, files, dir: tool.home, signal });
    const head = await refs.head(branch);
    return { head, branches: head === null ? await refs.branches() : [] };
  } finally {
    await files.dispose();
  }
}

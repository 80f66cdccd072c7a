import type { TreeChange } from '../../platform/git/git-objects.ts';
import type { LoadedGraph } from '../stacks/index.ts';

/**
 * Says of CDKTF apps whose directory a change touches that their stacks are not among the affected ones: finding them out
 * runs the app's code, which is done by workers alone.
 */
export function touchedApps({ graph, config }: LoadedGraph, changes: readonly TreeChange[]): string[] {
  const dirs = new Set(config.stacks.flatMap(({ cdktf, dir }) => (cdktf === null ? [] : [dir])));
  for (const { path } of graph.tree.entries) {
    if (path === 'cdktf.json') dirs.add('.');
    else if (path.endsWith('/cdktf.json') && !path.includes('node_modules/'))
      dirs.add(path.slice(0, -'/cdktf.json'.length));
  }
  const isTouched = (dir: string) => changes.some(({ path }) => dir === '.' || path.startsWith(`${dir}/`));
  return [...dirs]
    .filter(isTouched)
    .sort()
    .map(
      (dir) =>
        `the CDKTF app in ${dir} is touched: which of its stacks differ is known once a worker of the server has synthesised it`,
    );
}

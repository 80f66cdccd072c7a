/** What a repository is known by. `url` without userinfo. */
export interface RepositoryPlace {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
}

/** A repository that goes on under another name. */
export interface RepositoryRename {
  readonly from: string;
  readonly to: string;
}

/**
 * Which configured repositories are known ones under another name: new in server.yaml, with the URL and branch of exactly
 * one that is no longer there. Where two could be meant, none is. Pure.
 */
export function findRenamed(
  known: readonly RepositoryPlace[],
  configured: readonly RepositoryPlace[],
): RepositoryRename[] {
  const names = new Set(configured.map(({ name }) => name));
  const old = Map.groupBy(
    known.filter(({ name }) => !names.has(name)),
    placeOf,
  );
  const knownNames = new Set(known.map(({ name }) => name));
  const fresh = Map.groupBy(
    configured.filter(({ name }) => !knownNames.has(name)),
    placeOf,
  );
  return [...fresh].flatMap(([place, [to, ...more]]) => {
    const [from, ...others] = old.get(place) ?? [];
    return to && from && more.length === 0 && others.length === 0 ? [{ from: from.name, to: to.name }] : [];
  });
}

function placeOf({ url, branch }: RepositoryPlace): string {
  return `${url}\0${branch}`;
}

import { quote } from '../key-path.ts';
import type { AtlantisRepos, Autodiscover } from './atlantis-schema.ts';

import type { ImportWarnings } from './import-warnings.ts';
import { warnOfKeys } from './not-carried.ts';
import type { Parsed } from './parsed.ts';

/** What the server's file says about one repository. */
export interface ServerSide {
  readonly workflows: Parsed<{ workflows?: AtlantisRepos['workflows'] }>;
  /** The workflow of projects that name none. */
  readonly workflow?: string;
  readonly autodiscover?: Autodiscover;
}

/** The entries of repos.yaml that are about a repository, later ones before earlier ones; the others are said to be passed over. */
export function readRepos(repos: Parsed<AtlantisRepos>, id: string | null, warnings: ImportWarnings): ServerSide {
  const { document, value } = repos;
  warnOfKeys('repos', value, { document, path: [] }, warnings);
  let found: ServerSide = { workflows: { document, value } };
  for (const [index, entry] of (value.repos ?? []).entries()) {
    const path = ['repos', index];
    const subject = `repository ${quote(entry.id)}`;
    const fit = fits(entry.id, id);
    if (fit !== 'yes') {
      const message =
        fit === 'no'
          ? `is passed over: it is not about ${quote(id ?? '')}`
          : 'is passed over: nothing says that it is about this repository';
      if (fit === 'unknown') warnings.add(document, [...path, 'id'], { message, subject });
      continue;
    }
    warnOfKeys('repo', entry, { document, path, subject }, warnings);
    found = {
      ...found,
      ...(entry.workflow === undefined ? {} : { workflow: entry.workflow }),
      ...(entry.autodiscover === undefined ? {} : { autodiscover: entry.autodiscover }),
    };
  }
  return found;
}

/** Regular expressions are those of an administrator's own file; one that cannot be read fits nothing known. */
function fits(written: string, id: string | null): 'yes' | 'no' | 'unknown' {
  const expression = /^\/(.*)\/$/s.exec(written)?.[1];
  if (expression === undefined) return id === null ? 'unknown' : written === id ? 'yes' : 'no';
  if (['.*', '^.*$', '.+', ''].includes(expression)) return 'yes';
  if (id === null) return 'unknown';
  try {
    return new RegExp(expression).test(id) ? 'yes' : 'no';
  } catch {
    return 'unknown';
  }
}

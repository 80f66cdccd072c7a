import picomatch from 'picomatch';
import { joinInRepository } from '../repository-paths.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { Atlantis, AtlantisRepos } from './atlantis-schema.ts';
import type { ImportWarnings } from './import-warnings.ts';
import { warnOfKeys } from './not-carried.ts';
import type { Parsed } from './parsed.ts';
import { type DraftedProject, orderStacks } from './project-order.ts';
import { draftOf, type PlacedProject, type StackDraft, subjectOf } from './project-stack.ts';
import { readRepos } from './read-repos.ts';
import type { FoundWorkflow } from './workflow-effects.ts';

/** What is known of the repository the file belongs to. */
export interface ImportedRepository {
  /** `github.com/acme/infra`, as Atlantis calls it; null: not known. */
  readonly id: string | null;
  readonly hasFile: (path: string) => boolean;
  /** Every directory with the names of its files, repository-relative, `.` for the root. */
  readonly directories: () => ReadonlyMap<string, readonly string[]>;
}

/** The holdfast.yaml that does what an atlantis.yaml did. */
export interface HoldfastDraft {
  readonly discover: { readonly enabled: boolean; readonly ignore?: readonly string[] };
  readonly stacks: readonly StackDraft[];
}

/** Carries atlantis.yaml (and the server's repos.yaml) over; what is lost on the way is in `warnings`. Pure. */
export function convertAtlantis(
  atlantis: Parsed<Atlantis>,
  repos: Parsed<AtlantisRepos> | null,
  repository: ImportedRepository,
  warnings: ImportWarnings,
): HoldfastDraft {
  const { document, value } = atlantis;
  warnOfKeys('root', value, { document, path: [] }, warnings);
  const server = repos === null ? null : readRepos(repos, repository.id, warnings);
  const discovers = value.autodiscover ?? server?.autodiscover ?? {};
  const listed = value.projects ?? [];
  const isDiscovering = discovers.mode === 'enabled' || (discovers.mode !== 'disabled' && listed.length === 0);
  const directories = repository.directories();
  const fileNamesBelow = (dir: string) => namesBelow(directories, dir);
  const placed = listed.flatMap((project, index) => place({ project, index }, directories, document, warnings));
  const left: string[] = [];
  const drafted = placed.flatMap((item): DraftedProject[] => {
    if (item.project.autoplan?.enabled === false) {
      const message = 'means that the project is left out: Holdfast plans every stack that a commit touches';
      const wayOut = isDiscovering ? 'its directory is ignored' : 'list it under `stacks` to have it planned';
      const path = ['projects', item.index, 'autoplan', 'enabled'];
      warnings.add(document, path, { message, wayOut, subject: subjectOf(item) });
      left.push(item.dir);
      return [];
    }
    const workflowOf = (name: string | undefined) =>
      findWorkflow(name ?? server?.workflow, [atlantis, server?.workflows]);
    const draft = draftOf(item, { document, warnings, workflowOf, hasFile: repository.hasFile, fileNamesBelow });
    return draft === null ? [] : [{ placed: item, draft }];
  });
  const stacks = orderStacks(drafted, document, warnings);
  if (!isDiscovering) return { discover: { enabled: false }, stacks };
  const listedDirs = new Set(stacks.map(({ dir }) => dir));
  const ignore = ['**/.terraform/**', ...(discovers.ignore_paths ?? []), ...left.filter((dir) => !listedDirs.has(dir))];
  return { discover: { enabled: true, ignore: [...new Set(ignore)] }, stacks };
}

/** A project at its directory; one with wildcards in `dir` becomes one at each directory that matches and holds a configuration. */
function place(
  item: Pick<PlacedProject, 'project' | 'index'>,
  directories: ReadonlyMap<string, readonly string[]>,
  document: YamlDocument,
  warnings: ImportWarnings,
): PlacedProject[] {
  const { dir } = item.project;
  if (!/[*?[]/.test(dir)) {
    const inside = joinInRepository('.', dir);
    if (inside !== null) return [{ ...item, dir: inside }];
    warnings.add(document, ['projects', item.index, 'dir'], {
      message: 'is left out: it leaves the repository',
      value: dir,
    });
    return [];
  }
  const matchesDir = picomatch(dir.replace(/^\.\//, '').replace(/\/$/, ''), { dot: false });
  const matchesFile = picomatch([...(item.project.glob_file_match ?? ['*.tf'])], { dot: true });
  const found = [...directories].filter(([at, files]) => matchesDir(at) && files.some((f) => matchesFile(f)));
  if (found.length === 0) {
    warnings.add(document, ['projects', item.index, 'dir'], {
      message: 'matches no directory with a configuration',
      value: dir,
    });
  }
  return found.map(([at]) => ({ ...item, dir: at }));
}

function namesBelow(directories: ReadonlyMap<string, readonly string[]>, dir: string): Set<string> {
  const found = new Set<string>();
  for (const [at, names] of directories) {
    if (dir !== '.' && at !== dir && !at.startsWith(`${dir}/`)) continue;
    for (const name of names) found.add(name);
  }
  return found;
}

function findWorkflow(
  name: string | undefined,
  places: readonly (Parsed<{ workflows?: Atlantis['workflows'] }> | undefined)[],
): FoundWorkflow | null | 'unknown' {
  const wanted = name ?? 'default';
  for (const place of places) {
    const workflow = place?.value.workflows?.[wanted];
    if (place && workflow) return { name: wanted, document: place.document, workflow };
  }
  return wanted === 'default' ? null : 'unknown';
}

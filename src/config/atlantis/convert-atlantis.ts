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
  warnOfKeys('autodiscover', value.autodiscover, { document, path: ['autodiscover'] }, warnings);
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
  const stacks = orderStacks(alone(drafted, document, warnings), document, warnings);
  const named = listed.map(({ workflow }) => workflow ?? server?.workflow ?? 'default');
  warnOfUnused(atlantis, [...named, ...(isDiscovering ? [server?.workflow ?? 'default'] : [])], warnings);
  if (isDiscovering) warnOfDiscovered(findWorkflow(server?.workflow, [atlantis, server?.workflows]), warnings);
  if (!isDiscovering) return { discover: { enabled: false }, stacks };
  const listedDirs = new Set(stacks.map(({ dir }) => dir));
  const usual = [...directories.keys()].filter((dir) => {
    const path = joinInRepository(dir, 'env/default.tfvars');
    return !listedDirs.has(dir) && path !== null && repository.hasFile(path);
  });
  warnOfUsualFiles(usual, document, warnings);
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

/** Two projects at one place would be one state under two names: the first is carried over. */
function alone(drafted: readonly DraftedProject[], document: YamlDocument, warnings: ImportWarnings): DraftedProject[] {
  const first = new Map<string, DraftedProject>();
  return drafted.filter((item) => {
    const { placed, draft } = item;
    const place = `${draft.dir}\0${draft.workspace ?? 'default'}`;
    const other = first.get(place);
    if (other === undefined) return first.set(place, item);
    const message = `is left out: ${subjectOf(other.placed)} has the same directory and workspace, and a state is one stack's`;
    const wayOut = 'give it a workspace or a directory of its own';
    warnings.add(document, ['projects', placed.index, 'dir'], { message, wayOut, subject: subjectOf(placed) });
    return false;
  });
}

function warnOfUnused({ document, value }: Parsed<Atlantis>, used: readonly string[], warnings: ImportWarnings): void {
  for (const name of Object.keys(value.workflows ?? {})) {
    if (used.includes(name)) continue;
    warnings.add(document, ['workflows', name], { message: 'is not carried over: no project is planned by it' });
  }
}

/** Atlantis gives that file to every plan beside it. */
function warnOfUsualFiles(dirs: readonly string[], document: YamlDocument, warnings: ImportWarnings): void {
  if (dirs.length === 0) return;
  const named = dirs.slice(0, 5).join(', ');
  const more = dirs.length > 5 ? ` and ${dirs.length - 5} more` : '';
  const message = `leaves out env/default.tfvars of what is discovered: ${named}${more}`;
  const wayOut = 'list them under `stacks` with `var_files: [env/default.tfvars]`';
  warnings.add(document, ['autodiscover'], { message, wayOut });
}

/** Stacks that are discovered have no entry to which its variables could go. */
function warnOfDiscovered(found: FoundWorkflow | null | 'unknown', warnings: ImportWarnings): void {
  if (found === null || found === 'unknown') return;
  const message = 'is not carried over to stacks that are discovered';
  const wayOut = 'list those that need its variables under `stacks`';
  warnings.add(found.document, ['workflows', found.name], { message, wayOut });
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

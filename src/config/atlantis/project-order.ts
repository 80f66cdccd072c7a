import { quote } from '../key-path.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { ImportWarnings } from './import-warnings.ts';
import { type PlacedProject, type StackDraft, subjectOf } from './project-stack.ts';

/** A project and the stack it becomes. */
export interface DraftedProject {
  readonly placed: PlacedProject;
  readonly draft: StackDraft;
}

const MAX_DEPENDENCIES = 1000;

/**
 * Gives the stacks their names where something must name them, and their dependencies: `depends_on`, and for an execution
 * order group all of the group before it.
 */
export function orderStacks(
  drafted: readonly DraftedProject[],
  document: YamlDocument,
  warnings: ImportWarnings,
): StackDraft[] {
  const groups = [...new Set(drafted.map(groupOf))].sort((a, b) => a - b);
  const named = nameAll(drafted, groups.length > 1);
  const byName = new Map(named.map((draft, at) => [drafted[at]?.placed.project.name ?? draft.name, draft.name]));
  return named.map((draft, at) => {
    const item = drafted[at];
    if (item === undefined) return draft;
    const before = groups[groups.indexOf(groupOf(item)) - 1];
    const earlier = named.filter((_, i) => before !== undefined && groupOf(drafted[i]) === before);
    const wanted = item.placed.project.depends_on ?? [];
    const known = wanted.flatMap((name, i): string[] => {
      const found = byName.get(name);
      if (found !== undefined) return [found];
      const message = `is left out: no project that is carried over is called ${quote(name)}`;
      warnings.add(document, ['projects', item.placed.index, 'depends_on', i], {
        message,
        subject: subjectOf(item.placed),
      });
      return [];
    });
    const all = [...new Set([...known, ...earlier.flatMap(({ name }) => name ?? [])])].filter((n) => n !== draft.name);
    if (all.length > MAX_DEPENDENCIES) {
      const message = `leads to ${all.length} dependencies; only ${MAX_DEPENDENCIES} are carried over`;
      const path = ['projects', item.placed.index, 'execution_order_group'];
      warnings.add(document, path, { message, subject: subjectOf(item.placed) });
    }
    return all.length === 0 ? draft : { ...draft, depends_on: all.slice(0, MAX_DEPENDENCIES) };
  });
}

function groupOf(item: DraftedProject | undefined): number {
  return item?.placed.project.execution_order_group ?? 0;
}

/** A stack keeps the default name of its directory only where nobody names it and the directory is its own. */
function nameAll(drafted: readonly DraftedProject[], isOrdered: boolean): StackDraft[] {
  const perDir = new Map<string, number>();
  for (const { draft } of drafted) perDir.set(draft.dir, (perDir.get(draft.dir) ?? 0) + 1);
  const taken = new Set(drafted.flatMap(({ draft }) => draft.name ?? []));
  return drafted.map(({ draft }) => {
    if (draft.name !== undefined) return draft;
    const isShared = (perDir.get(draft.dir) ?? 0) > 1;
    if (!isShared && !isOrdered) return draft;
    const base = draft.dir === '.' ? 'root' : draft.dir;
    const name = free(draft.workspace === undefined ? base : `${base}-${draft.workspace}`, taken);
    taken.add(name);
    return { ...{ name }, ...draft };
  });
}

function free(name: string, taken: ReadonlySet<string>): string {
  for (let at = 1; ; at++) {
    const candidate = at === 1 ? name : `${name}-${at}`;
    if (!taken.has(candidate)) return candidate;
  }
}

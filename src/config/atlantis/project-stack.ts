import { quote } from '../key-path.ts';
import { joinInRepository, pathFault } from '../repository-paths.ts';
import { stackNameFault } from '../stack-name.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { AtlantisProject } from './atlantis-schema.ts';
import { carryPatterns, defaultPatterns } from './carry-patterns.ts';
import type { ImportWarnings } from './import-warnings.ts';
import { warnOfKeys } from './not-carried.ts';
import { type FoundWorkflow, readWorkflow } from './workflow-effects.ts';

/** An entry of `stacks` as it will be written; what is absent is left to its default. */
export interface StackDraft {
  readonly name?: string;
  readonly dir: string;
  readonly engine?: 'terraform' | 'opentofu';
  readonly engine_version?: string;
  readonly workspace?: string;
  readonly var_files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly when_modified?: readonly string[];
  readonly depends_on?: readonly string[];
}

/** A project with its place, once a glob in its `dir` is resolved. */
export interface PlacedProject {
  readonly project: AtlantisProject;
  /** Index in `projects`. */
  readonly index: number;
  readonly dir: string;
}

/** What a project's entry is made with. */
export interface ProjectContext {
  readonly document: YamlDocument;
  readonly warnings: ImportWarnings;
  readonly workflowOf: (name: string | undefined) => FoundWorkflow | null | 'unknown';
  /** Whether a repository-relative path is a file there. */
  readonly hasFile: (path: string) => boolean;
  readonly fileNamesBelow: (dir: string) => ReadonlySet<string>;
}

/** `project "net"` for messages. */
export function subjectOf({ project, dir }: Pick<PlacedProject, 'project' | 'dir'>): string {
  return `project ${quote(project.name ?? dir)}`;
}

/** The stack that does what a project does; null where it cannot be (said by a warning). Dependencies come later. */
export function draftOf(placed: PlacedProject, context: ProjectContext): StackDraft | null {
  const { project, index, dir } = placed;
  const { document, warnings } = context;
  const path = ['projects', index] as const;
  const subject = subjectOf(placed);
  warnOfKeys('project', project, { document, path, subject }, warnings);
  warnOfKeys('autoplan', project.autoplan, { document, path: [...path, 'autoplan'], subject }, warnings);
  const fault = pathFault(dir);
  if (fault !== null) {
    warnings.add(document, [...path, 'dir'], { message: `is left out: its directory ${[fault].flat()[0]}`, subject });
    return null;
  }
  const workspace = project.workspace || 'default';
  const name = nameOf(placed, context);
  return {
    ...(name === undefined ? {} : { name }),
    dir,
    ...(project.terraform_distribution === undefined ? {} : { engine: project.terraform_distribution }),
    ...versionOf(placed, context),
    ...(workspace === 'default' ? {} : { workspace }),
    ...effectsOf(placed, workspace, context),
    ...patternsOf(placed, context),
  };
}

function nameOf(placed: PlacedProject, { document, warnings }: ProjectContext): string | undefined {
  const { name } = placed.project;
  if (name === undefined) return undefined;
  const fault = stackNameFault(name);
  if (fault === null) return name;
  const message = `is not carried over: a stack's name ${[fault].flat()[0]}; it is called by its directory`;
  warnings.add(document, ['projects', placed.index, 'name'], { message, subject: subjectOf(placed) });
  return undefined;
}

function versionOf(placed: PlacedProject, { document, warnings }: ProjectContext): Pick<StackDraft, 'engine_version'> {
  const path = ['projects', placed.index, 'terraform_version'];
  const written = placed.project.terraform_version;
  if (written === undefined || written === null) return {};
  const text = (document.sourceOf(path) ?? String(written)).replace(/^["']|["']$/g, '').replace(/^v/, '');
  if (/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]{1,40})?$/.test(text)) return { engine_version: text };
  const message = 'is not carried over: it is no whole version';
  const wayOut = 'write `required_version` in the configuration';
  warnings.add(document, path, { message, wayOut, subject: subjectOf(placed), value: text });
  return {};
}

function effectsOf(
  placed: PlacedProject,
  workspace: string,
  context: ProjectContext,
): Pick<StackDraft, 'var_files' | 'env'> {
  const subject = subjectOf(placed);
  const { project, index, dir } = placed;
  const found = context.workflowOf(project.workflow);
  if (found === 'unknown') {
    const message = 'is not carried over: the workflow is not defined in the files given';
    const wayOut = "give the server's file with --repos";
    context.warnings.add(context.document, ['projects', index, 'workflow'], { message, wayOut, subject });
  }
  const isKnown = found !== null && found !== 'unknown';
  const at = { workspace, name: project.name ?? '', subject };
  const { varFiles, env } = isKnown ? readWorkflow(found, at, context.warnings) : { varFiles: [], env: {} };
  // Atlantis gives this file to every plan where it is there.
  const usual = `env/${workspace}.tfvars`;
  const usualPath = joinInRepository(dir, usual);
  const hasUsual = usualPath !== null && context.hasFile(usualPath);
  const files = [...new Set([...varFiles, ...(hasUsual ? [usual] : [])])];
  return {
    ...(files.length === 0 ? {} : { var_files: files }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

function patternsOf(placed: PlacedProject, context: ProjectContext): Pick<StackDraft, 'when_modified'> {
  const { document, warnings } = context;
  const given = placed.project.autoplan?.when_modified;
  const names = context.fileNamesBelow(placed.dir);
  if (names.has('terragrunt.hcl')) {
    const message = 'holds a terragrunt.hcl: Holdfast plans it with terraform alone';
    warnings.add(document, ['projects', placed.index, 'dir'], { message, subject: subjectOf(placed) });
  }
  const { patterns, said } = carryPatterns(given ?? defaultPatterns(names), placed.dir);
  for (const { index, message } of said) {
    const path = ['projects', placed.index, 'autoplan', 'when_modified', index];
    warnings.add(document, path, { message, subject: subjectOf(placed), value: given?.[index] ?? '' });
  }
  return patterns.length === 0 ? {} : { when_modified: patterns };
}

import { isMap, type KeyPath } from '../key-path.ts';
import { pathFault } from '../repository-paths.ts';
import { repositoryVariableFault } from '../variable-names.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { AtlantisWorkflows } from './atlantis-schema.ts';
import type { ImportWarnings } from './import-warnings.ts';
import { warnOfKeys } from './not-carried.ts';

/** What the steps of a workflow mean for one project. */
export interface WorkflowEffects {
  readonly varFiles: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A workflow, and where it stands. */
export interface FoundWorkflow {
  readonly name: string;
  readonly document: YamlDocument;
  readonly workflow: AtlantisWorkflows[string];
}

const BUILT_IN = ['init', 'plan', 'apply', 'show', 'policy_check', 'import', 'state_rm'];
const STAGES = ['plan', 'apply'] as const;

/** Reads the steps: variables and variable files are carried over, every other thing is warned of. */
export function readWorkflow(
  found: FoundWorkflow,
  project: { readonly workspace: string; readonly name: string; readonly subject: string },
  warnings: ImportWarnings,
): WorkflowEffects {
  const varFiles: string[] = [];
  const env: Record<string, string> = {};
  const { document, workflow } = found;
  const about = { document, path: ['workflows', found.name], subject: project.subject };
  warnOfKeys('workflow', workflow, about, warnings);
  for (const stage of STAGES) {
    for (const [index, step] of (workflow[stage]?.steps ?? []).entries()) {
      const path: KeyPath = ['workflows', found.name, stage, 'steps', index];
      const warn = (message: string, wayOut?: string) =>
        warnings.add(document, path, { message, subject: project.subject, ...(wayOut ? { wayOut } : {}) });
      if (typeof step === 'string' && BUILT_IN.includes(step)) continue;
      const [kind, value] = isMap(step) ? (Object.entries(step)[0] ?? []) : [];
      const args = isMap(value) && Array.isArray(value.extra_args) ? value.extra_args.map(String) : null;
      if (kind !== undefined && BUILT_IN.includes(kind)) {
        warnOfKeys('arguments', value, { ...about, path: [...path, kind] }, warnings);
      }
      if (kind === 'plan' && args !== null) readArguments(args, { varFiles, env, project, warn });
      else if (kind === 'env' && isMap(value)) readVariable(value, env, warn);
      else if (kind !== undefined && BUILT_IN.includes(kind) && args !== null) {
        const why = kind === 'init' ? 'write the backend out in the configuration' : undefined;
        warn(`is not carried over: extra arguments of ${kind}`, why);
      } else if (kind === 'run' || kind === 'multienv') {
        warn(
          'is not carried over: a repository runs no commands of its own here',
          'make what it does part of the commit',
        );
      } else warn('is not carried over: Holdfast does not know this step');
    }
  }
  return { varFiles: [...new Set(varFiles)], env };
}

interface ArgumentReader {
  readonly varFiles: string[];
  readonly env: Record<string, string>;
  readonly project: { readonly workspace: string; readonly name: string };
  readonly warn: (message: string, wayOut?: string) => void;
}

/** `-var-file=a.tfvars`, `-var-file a.tfvars`, `-var a=b`, also several in one text. */
function readArguments(args: readonly string[], reader: ArgumentReader): void {
  const words = args.flatMap((arg) => arg.trim().split(/\s+/)).map((word) => word.replace(/^--/, '-'));
  for (let at = 0; at < words.length; at++) {
    const [, flag, given] = /^(-[a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    const isKnown = flag === '-var-file' || flag === '-var';
    const value = isKnown ? (given ?? words[++at] ?? '') : '';
    const text = unquoted(expand(value, reader.project));
    if (flag === '-var-file') addVarFile(text, reader);
    else if (flag === '-var') addVariable(text, reader);
    else reader.warn(`is not carried over: the argument ${words[at]?.replace(/=.*/s, '=…')}`);
  }
}

function addVarFile(path: string, { varFiles, warn }: ArgumentReader): void {
  const fault = path.includes('$') ? 'names a variable that is not known here' : pathFault(path);
  if (fault === null) varFiles.push(path);
  else warn(`is not carried over: the variable file ${JSON.stringify(path.slice(0, 200))} ${[fault].flat()[0]}`);
}

function addVariable(text: string, { env, warn }: ArgumentReader): void {
  const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) return void warn('is not carried over: `-var` without a name and a value');
  // Values belong to the repository's own file there, too; one that is computed does not exist here.
  if (value.includes('$')) return void warn(`is not carried over: the value of ${name} is computed`);
  env[`TF_VAR_${name}`] = value;
}

function readVariable(step: Record<string, unknown>, env: Record<string, string>, warn: ArgumentReader['warn']): void {
  const { name, value } = step;
  if (typeof name !== 'string') return void warn('is not carried over: an `env` step without a name');
  if (value === undefined) return void warn(`is not carried over: ${name} is what a command prints`);
  const fault = repositoryVariableFault(name);
  if (fault !== null) return void warn(`is not carried over: ${name} ${fault}`, 'see `environment` in server.yaml');
  env[name] = String(value);
}

function expand(text: string, { workspace, name }: { readonly workspace: string; readonly name: string }): string {
  return text
    .replace(/\$\{?WORKSPACE\b\}?/g, workspace)
    .replace(/\$\{?PROJECT_NAME\b\}?/g, name === '' ? '$PROJECT_NAME' : name);
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2');
}

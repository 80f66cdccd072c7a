import { isMap, type KeyPath } from '../key-path.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { ImportWarnings } from './import-warnings.ts';

/** What becomes of a key: null where it is carried over or needs no word, else why not and what to do. */
type Fate = null | readonly [message: string, wayOut?: string];

const PULL_REQUESTS: Fate = ['is not carried over: it is about pull requests, Holdfast plans what is on the branch'];
const REQUIREMENTS: Fate = [
  'is not carried over: Holdfast applies nothing but a plan that somebody approved, whoever merged it',
  'ask for reviews by rules of the branch, and give the right to approve in `access` of server.yaml',
];
const LOCKS: Fate = ['is not carried over: Holdfast holds one lock per stack, from the start of an apply to its end'];
const POLICY: Fate = ['is not carried over: policy checks are not part of it'];
const HOOKS: Fate = [
  'is not carried over: a repository runs no commands of its own here',
  'make what they generate part of the commit',
];
const SERVER: Fate = ['is not carried over: it is a setting of the server', 'see server.yaml'];
const PARALLEL: Fate = [
  'is not carried over: stacks that do not depend on each other always run side by side',
  'set `workers.concurrency` in server.yaml',
];
const BRANCH: Fate = [
  'is not carried over: Holdfast watches one branch of a repository',
  'set `repositories[].branch` in server.yaml; another branch is another entry there',
];

const ROOT: Readonly<Record<string, Fate>> = {
  version: null,
  projects: null,
  workflows: null,
  autodiscover: null,
  automerge: PULL_REQUESTS,
  delete_source_branch_on_merge: PULL_REQUESTS,
  emoji_reaction: PULL_REQUESTS,
  silence_pr_comments: PULL_REQUESTS,
  allowed_regexp_prefixes: ['is not carried over: it is about comments in pull requests'],
  parallel_plan: PARALLEL,
  parallel_apply: PARALLEL,
  abort_on_execution_order_fail: ['needs no key: a stack waits until what it depends on was applied'],
  repo_locks: LOCKS,
  policies: POLICY,
};

const PROJECT: Readonly<Record<string, Fate>> = {
  name: null,
  dir: null,
  workspace: null,
  workflow: null,
  terraform_version: null,
  terraform_distribution: null,
  autoplan: null,
  depends_on: null,
  execution_order_group: null,
  glob_file_match: null,
  branch: BRANCH,
  plan_requirements: REQUIREMENTS,
  apply_requirements: REQUIREMENTS,
  import_requirements: REQUIREMENTS,
  delete_source_branch_on_merge: PULL_REQUESTS,
  silence_pr_comments: PULL_REQUESTS,
  repo_locking: LOCKS,
  repo_locks: LOCKS,
  policy_check: POLICY,
  custom_policy_check: POLICY,
};

const REPO: Readonly<Record<string, Fate>> = {
  id: null,
  workflow: null,
  autodiscover: null,
  branch: BRANCH,
  repo_config_file: ['is not carried over: the file is always holdfast.yaml at the root of the repository'],
  plan_requirements: REQUIREMENTS,
  apply_requirements: REQUIREMENTS,
  import_requirements: REQUIREMENTS,
  allowed_overrides: [
    'is not carried over: what a repository may set is fixed',
    'see `repositories[].allow` in server.yaml',
  ],
  allowed_workflows: HOOKS,
  allow_custom_workflows: HOOKS,
  pre_workflow_hooks: HOOKS,
  post_workflow_hooks: HOOKS,
  delete_source_branch_on_merge: PULL_REQUESTS,
  silence_pr_comments: PULL_REQUESTS,
  repo_locking: LOCKS,
  repo_locks: LOCKS,
  policy_check: POLICY,
  custom_policy_check: POLICY,
};

const REPOS_ROOT: Readonly<Record<string, Fate>> = {
  repos: null,
  workflows: null,
  policies: POLICY,
  metrics: SERVER,
  team_authz: SERVER,
};

const AUTOPLAN: Readonly<Record<string, Fate>> = { enabled: null, when_modified: null };
const AUTODISCOVER: Readonly<Record<string, Fate>> = { mode: null, ignore_paths: null };
const STAGE: Fate = ['is not carried over: Holdfast has no such stage'];
const WORKFLOW: Readonly<Record<string, Fate>> = {
  plan: null,
  apply: null,
  policy_check: POLICY,
  import: STAGE,
  state_rm: STAGE,
};
const ARGUMENTS: Readonly<Record<string, Fate>> = { extra_args: null };

const TABLES = {
  root: ROOT,
  project: PROJECT,
  repo: REPO,
  repos: REPOS_ROOT,
  autoplan: AUTOPLAN,
  autodiscover: AUTODISCOVER,
  workflow: WORKFLOW,
  arguments: ARGUMENTS,
} as const;

/** Warns of every key of a map that nothing follows from. */
export function warnOfKeys(
  kind: keyof typeof TABLES,
  value: unknown,
  at: { readonly document: YamlDocument; readonly path: KeyPath; readonly subject?: string | null },
  warnings: ImportWarnings,
): void {
  if (!isMap(value)) return;
  const table = TABLES[kind];
  for (const key of Object.keys(value)) {
    const fate: Fate = Object.hasOwn(table, key)
      ? (table[key] ?? null)
      : ['is not carried over: Holdfast does not know it'];
    if (fate === null) continue;
    const [message, wayOut] = fate;
    const say = { message, subject: at.subject ?? null, ...(wayOut === undefined ? {} : { wayOut }) };
    warnings.add(at.document, [...at.path, key], say);
  }
}

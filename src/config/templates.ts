import { basename } from 'node:path';
import { splitUserinfo } from './to-repository-settings.ts';

/** The repository that `holdfast init` writes its files for. */
export interface TemplateSubject {
  /** Name of the entry; see `repositoryNameOf`. */
  readonly name: string;
  /** What is watched: an absolute path or a URL. A password in it is left out. */
  readonly url: string;
  readonly branch: string;
  /** Folder or address of the JSON Schemas, for editors. Default: where npm puts them. */
  readonly schemas?: string;
}

/** A name that `repositories` takes, from a path or URL: its last part without `.git`. */
export function repositoryNameOf(pathOrUrl: string): string {
  const last = basename(pathOrUrl.replace(/[?#].*$/, '').replace(/[/\\]+$/, '')).replace(/\.git$/, '');
  const name = last
    .replace(/^.*:/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 100) || 'infra';
}

/** A commented server.yaml that watches one repository. Lines that begin with `#` and no space are keys with their defaults. */
export function serverTemplate(subject: TemplateSubject): string {
  return `${schemaLine(subject, 'server')}
# What this Holdfast watches, how it runs and whom it tells. Check it with \`holdfast validate\`.
# Any text may be {env: NAME} or {file: PATH}: keep passwords, tokens and chat addresses out of this file.
version: 1

# Database, states, mirrors and workspaces. Keep it out of Git.
data_dir: ./.holdfast

# Page and API. Other than on this machine only with an \`access\` block.
listen: 127.0.0.1:4600
#external_url: https://holdfast.example.com

repositories:
  - name: ${yamlText(subject.name)}
    url: ${yamlText(splitUserinfo(subject.url).url)}
    branch: ${yamlText(subject.branch)}
    # Webhooks only make it sooner.
    #poll_interval: 30s
    # What the first head means: plan every stack, or ignore what is there.
    #first_sight: plan
    # Before every default stack name of this repository: needed once two repositories have a directory of one name.
    #stack_prefix: ""
    # For https; for ssh: {ssh_key: {file: PATH}, known_hosts: {file: PATH}}.
    #credentials: {username: holdfast, password: {env: GIT_TOKEN}}
    #webhook: {provider: github, secret: {env: WEBHOOK_SECRET}}
    # What the repository's own holdfast.yaml may ask for.
    #allow: {auto_apply: false, local_state: false, engines: [terraform, opentofu]}

# What terraform's process gets, by stack and phase (init, plan, apply, all). Nothing else of this environment reaches it.
#environment:
#  - {stacks: ["**"], pass: [HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, "AWS_*"]}
#  - {stacks: ["prod/**"], phase: apply, values: {VAULT_TOKEN: {file: /run/secrets/vault}}}

# Where plans, failures and drift are told.
#channels:
#  - name: ops
#    type: slack
#    url: {env: OPS_WEBHOOK_URL}
#    events: [plan.ready, plan.failed, plan.recovered]
#    stacks: ["**"]

#workers: {count: 1, concurrency: 2}
#limits: {log: 10MB, plan_timeout: 2h, deletions: 3}
`;
}

/** A commented holdfast.yaml for the root of a repository: every key in it is optional. */
export function holdfastTemplate(subject: Pick<TemplateSubject, 'schemas'>): string {
  return `${schemaLine(subject, 'holdfast')}
# Read at the root of a watched repository; all of it is optional. Check it with \`holdfast validate .\`.
version: 1

# Directories with Terraform configuration that has a backend, or that no module call names, are stacks.
discover:
  enabled: true
  ignore: ["**/.terraform/**", "**/examples/**"]

# Stacks that need more than discovery finds.
#stacks:
#  - name: network-prod
#    dir: network/prod
#    engine: terraform
#    engine_version: 1.11.4
#    workspace: default
#    var_files: [prod.tfvars]
#    env: {AWS_REGION: eu-central-1}
#    when_modified: ["../../shared/**/*.json", "!**/*.md"]
`;
}

function schemaLine({ schemas }: Pick<TemplateSubject, 'schemas'>, name: string): string {
  const folder = (schemas ?? './node_modules/holdfast/schemas').replace(/\/+$/, '');
  return `# yaml-language-server: $schema=${folder}/${name}.schema.json`;
}

/** A text as a YAML scalar: plain where it cannot be misread, else in double quotes. */
function yamlText(text: string): string {
  const isPlain = /^[A-Za-z/][A-Za-z0-9/._-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

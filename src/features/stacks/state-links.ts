import type { PathPart, StatePlace } from '../../platform/hcl/parsed-file.ts';
import { joinPath } from './repo-path.ts';
import { expandLocals, resolveUse, type UseScope } from './resolve-use.ts';

/** Where a state lies, as far as the configuration says: null is only known to the engine. */
export interface StateAddress {
  readonly backend: string;
  readonly settings: Readonly<Record<string, string | null>>;
  /** null: computed. */
  readonly workspace: string | null;
}

/** A state that a stack reads by `terraform_remote_state`, and where it says so. */
export interface StateRead extends StateAddress {
  readonly file: string;
  readonly line: number;
}

/** A stack that another one reads the state of, found in the configuration. */
export interface DerivedDependency {
  readonly stack: string;
  /** The `terraform_remote_state` that says so. */
  readonly evidence: { readonly file: string; readonly line: number };
}

/** The setting that tells one state from another, by backend, and what it is where nothing is written. */
const MAIN: Readonly<Record<string, { readonly setting: string; readonly usual: string | null }>> = {
  s3: { setting: 'key', usual: null },
  azurerm: { setting: 'key', usual: null },
  gcs: { setting: 'prefix', usual: '' },
  oss: { setting: 'key', usual: 'terraform.tfstate' },
  cos: { setting: 'key', usual: 'terraform.tfstate' },
  consul: { setting: 'path', usual: null },
  kubernetes: { setting: 'secret_suffix', usual: null },
  pg: { setting: 'schema_name', usual: 'terraform_remote_state' },
  remote: { setting: 'workspaces.name', usual: null },
  local: { setting: 'path', usual: 'terraform.tfstate' },
  http: { setting: 'address', usual: null },
};

/** Backends in which a workspace is a state of its own beside the others. */
const HAS_WORKSPACES = new Set(['s3', 'azurerm', 'gcs', 'oss', 'cos', 'consul', 'kubernetes', 'pg', 'local']);

/** The settings of a backend block, or of a `config`, as texts. A local path is one of the repository. */
export function stateAddress(
  backend: string,
  place: StatePlace,
  scope: UseScope,
  workspace: readonly PathPart[] | null,
): StateAddress {
  const kind = backend === 'cloud' ? 'remote' : backend;
  const settings: Record<string, string | null> = {};
  for (const [name, parts] of Object.entries(place)) settings[name] = textOf(parts, scope);
  if (kind === 'local') settings.path = localPath(place.path ?? [{ text: 'terraform.tfstate' }], scope);
  if (kind === 'http') settings.address = settings.address ? plainAddress(settings.address) : null;
  return { backend: kind, settings, workspace: workspace === null ? 'default' : textOf(workspace, scope) };
}

/** What tells the state from others of its backend; null where it is not known. */
export function mainSetting({ backend, settings }: StateAddress): string | null {
  const main = MAIN[backend];
  if (!main) return null;
  const written = settings[main.setting];
  return written === undefined ? main.usual : written;
}

/** Whether two addresses may be one state: nothing that is known of both differs. `reader` is the reading stack's workspace. */
export function mayBeOne(read: StateAddress, home: StateAddress, reader: string): boolean {
  if (read.backend !== home.backend) return false;
  for (const [name, value] of Object.entries(read.settings)) {
    const other = home.settings[name];
    if (value !== null && other !== null && other !== undefined && other !== value) return false;
  }
  return !HAS_WORKSPACES.has(read.backend) || (read.workspace ?? reader) === home.workspace;
}

/** Whether both are known in everything that either says. */
export function isSurelyOne(read: StateAddress, home: StateAddress): boolean {
  const names = new Set([...Object.keys(read.settings), ...Object.keys(home.settings)]);
  return [...names].every((name) => read.settings[name] != null && read.settings[name] === home.settings[name]);
}

/** The stack whose state Holdfast serves at the address; null where it is not our kind of address. */
export function servedStack(address: string, ours: readonly string[] | null): string | null {
  const match = /^([a-z]+:\/\/[^/]+)\/(?:.*\/)?state\/([^/]+)$/.exec(address);
  if (!match) return null;
  if (ours && !ours.some((one) => plainAddress(one) === match[1])) return null;
  try {
    return decodeURIComponent(match[2] ?? '');
  } catch {
    return null;
  }
}

function textOf(parts: readonly PathPart[], scope: UseScope): string | null {
  const known = expandLocals(parts, scope.locals);
  return known.every((part) => 'text' in part) ? known.map((part) => ('text' in part ? part.text : '')).join('') : null;
}

function localPath(parts: readonly PathPart[], scope: UseScope): string | null {
  const [named] = resolveUse({ role: 'plain', parts, line: 1 }, scope);
  return named?.kind === 'exact' ? named.path : null;
}

/** The state of another workspace of a local backend lies in a folder of its own. */
export function workspaceFile(root: string, workspace: string): string {
  const file = workspace === 'default' ? 'terraform.tfstate' : `terraform.tfstate.d/${workspace}/terraform.tfstate`;
  return joinPath(root, file) ?? file;
}

/** Without user, query and trailing slash; loopback has one name. */
function plainAddress(address: string): string {
  const match = /^([a-z]+:\/\/)(?:[^@/]*@)?([^/?#]*)([^?#]*)/i.exec(address);
  if (!match) return address;
  const host = (match[2] ?? '').toLowerCase().replace(/^(?:localhost|\[::1\]|0\.0\.0\.0)(?=:|$)/, '127.0.0.1');
  return `${(match[1] ?? '').toLowerCase()}${host}${(match[3] ?? '').replace(/\/+$/, '')}`;
}

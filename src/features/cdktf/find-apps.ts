import picomatch from 'picomatch';
import { digestOf } from '../../kernel/digest.ts';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { GitObjects, TreeEntry } from '../../platform/git/git-objects.ts';
import {
  type ConfiguredStack,
  innerDir,
  type RepositoryConfig,
  type StackNaming,
  UNLISTED_STACK,
} from '../stacks/index.ts';
import type { AppSources } from './app-sources.ts';
import { type CdktfApp, OUTPUT } from './cdktf-app.ts';

/** The apps of a commit, and what is wrong with some. */
export interface FoundApps {
  readonly apps: readonly CdktfApp[];
  readonly problems: readonly string[];
}

export interface AppSearch {
  readonly repository: string;
  readonly entries: readonly TreeEntry[];
  readonly config: RepositoryConfig;
  readonly naming: StackNaming;
  readonly objects: Pick<GitObjects, 'readBlobs'>;
  readonly sources: AppSources;
}

const FILE = 'cdktf.json';
const MAX_FILE = 1024 * 1024;

/** Whether a commit can hold apps at all: most repositories have none, and nothing is done for them. */
export function mayHaveApps(entries: readonly TreeEntry[], config: RepositoryConfig): boolean {
  return config.stacks.some(({ cdktf }) => cdktf !== null) || entries.some(({ path }) => isAppFile(path));
}

/** Apps that holdfast.yaml lists with `cdktf`, and directories with a `cdktf.json` that nothing lists or ignores. */
export async function findApps(search: AppSearch): Promise<FoundApps> {
  const { entries, config, naming } = search;
  const apps = new Map<string, CdktfApp>();
  const problems: string[] = [];
  const files = new Map(entries.filter(({ path }) => isAppFile(path)).map((entry) => [dirOf(entry.path), entry]));
  const listed = new Set(config.stacks.map(({ dir }) => innerDir(dir) ?? dir));
  const isIgnored =
    config.discover.ignore.length > 0 ? picomatch([...config.discover.ignore], { dot: true }) : () => false;
  const wanted: ConfiguredStack[] = config.stacks.filter(({ cdktf }) => cdktf !== null);
  for (const dir of config.discover.enabled ? [...files.keys()] : []) {
    if (!listed.has(dir) && !isIgnored(dir) && !isIgnored(dir === '' ? FILE : `${dir}/${FILE}`)) {
      wanted.push({ ...UNLISTED_STACK, dir: dir === '' ? '.' : dir });
    }
  }
  for (const settings of wanted) {
    try {
      const app = await readApp(search, settings, files.get(innerDir(settings.dir) ?? settings.dir));
      if (app === null) continue;
      const fault = naming.fault(app.name);
      const other = apps.get(app.name);
      if (fault !== null)
        problems.push(`CDKTF app "${app.name}" in ${app.dir}: its name ${fault}; set \`name\` in holdfast.yaml`);
      else if (other)
        problems.push(
          `CDKTF app "${app.name}" in ${app.dir}: the app in ${other.dir} has the same name; set \`name\` in holdfast.yaml`,
        );
      else apps.set(app.name, app);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'invalid') throw error;
      problems.push(messageOf(error));
    }
  }
  return { apps: [...apps.values()], problems };
}

async function readApp(
  search: AppSearch,
  settings: ConfiguredStack,
  file: TreeEntry | undefined,
): Promise<CdktfApp | null> {
  const { repository, naming } = search;
  const { dir } = settings;
  const written = file ? await readFile(search, file) : {};
  const command = settings.cdktf?.command ?? written.app;
  if (command === undefined) {
    throw new HoldfastError(
      'invalid',
      `${file?.path}: \`app\` must be the command that synthesises, such as "node main.ts"; or list the app in holdfast.yaml with \`cdktf: {command: …}\``,
    );
  }
  const name = settings.name ?? naming.defaultName(dir);
  const sources = await search.sources(search.objects, search.entries, settings);
  const job = {
    command,
    context: JSON.stringify(written.context ?? {}),
    install: sources.install,
    engine_version: settings.engine_version,
    paths: sources.paths,
  };
  const key = digestOf({ repository, dir, job, files: sources.digest });
  return { name, dir, settings: { ...settings, name, cdktf: { command } }, job, key };
}

async function readFile(
  { objects }: AppSearch,
  { path, sha }: TreeEntry,
): Promise<{ readonly app?: string; readonly context?: object }> {
  const bytes = (await objects.readBlobs([sha], MAX_FILE)).get(sha);
  let value: unknown = null;
  try {
    value = JSON.parse(bytes?.toString('utf8') ?? '');
  } catch (error) {
    throw new HoldfastError('invalid', `${path}: it is no JSON: ${messageOf(error).slice(0, 200)}`);
  }
  if (typeof value !== 'object' || value === null) throw new HoldfastError('invalid', `${path}: it must be an object`);
  const { app, context } = value as { readonly app?: unknown; readonly context?: unknown };
  return {
    ...(typeof app === 'string' && app.trim() !== '' && app.length <= 4096 ? { app } : {}),
    ...(typeof context === 'object' && context !== null ? { context } : {}),
  };
}

/** Whether a path is a `cdktf.json` that says where an app is. */
export function isAppFile(path: string): boolean {
  if (path !== FILE && !path.endsWith(`/${FILE}`)) return false;
  return !/(?:^|\/)(?:node_modules|\.terraform|\.gen)\//.test(path) && !path.includes(`${OUTPUT}/`);
}

const dirOf = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

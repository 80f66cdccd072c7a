import { Health, RepositoryList } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { ApiClient } from '../api-client.ts';
import type { Check } from './check.ts';

/** What a running instance says of itself and of its repositories. */
export async function checkInstance(api: ApiClient): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const { value } = await api.get('/healthz?verbose=1', Health, { accept: 503 });
    const status = value.status === 'ok' ? 'ok' : value.status === 'failing' ? 'error' : 'warning';
    const detail = `version ${clean(value.version)} at ${api.address} is ${value.status}`;
    checks.push({ name: 'instance', status, detail, wayOut: '' });
    for (const { name, status: found, detail: text, way_out: wayOut } of value.checks) {
      checks.push({ name: `instance: ${clean(name)}`, status: found, detail: clean(text), wayOut: clean(wayOut) });
    }
    const said = new Set(value.checks.map(({ name }) => name));
    checks.push(...(await checkWatched(api, said)));
  } catch (error) {
    const wayOut = 'look at its log; if it is gone, start it again with `holdfast up`';
    checks.push({ name: 'instance', status: 'error', detail: messageOf(error), wayOut });
  }
  return checks;
}

/** Repositories that its health said nothing of. */
async function checkWatched(api: ApiClient, said: ReadonlySet<string>): Promise<Check[]> {
  const { value } = await api.get('/api/v1/repositories?limit=500', RepositoryList);
  const unsaid = value.repositories.filter(({ name }) => !said.has(`repository ${name}`));
  return unsaid.map((repository): Check => {
    const name = `instance: repository ${clean(repository.name)}`;
    const said = repository.error ?? repository.config_error;
    const isFine = (repository.status === 'ok' || repository.status === 'new') && said === null;
    const detail = `${repository.status.replace('_', ' ')}${said === null ? '' : `: ${clean(said)}`}`;
    const wayOut = isFine ? '' : 'it is tried again by itself; nothing that was pushed is lost';
    return { name, status: isFine ? 'ok' : 'warning', detail, wayOut };
  });
}

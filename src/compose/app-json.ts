import type { CdktfApp } from '../api/contract.ts';
import type { AppState } from '../features/cdktf/index.ts';
import { toRfc3339 } from '../kernel/clock.ts';

/** An app as the API shows it. */
export function appJson({ output: _output, since, ...app }: AppState): CdktfApp {
  return { ...app, since: toRfc3339(since) };
}

import type { Assignment } from '../../src/features/execution/protocol.ts';

/** What a fake control plane knows of a run unless it is told otherwise: a plan of a stack of its own. */
export function fakeAssignment(run: string): Assignment {
  return {
    ...{ run, attempt: 0, phase: 'plan', kind: 'plan', stack: run, repository: 'infra', dir: '.' },
    ...{ workspace: 'default', commit: '0'.repeat(40), work_key: `key-${run}` },
    engine: { name: 'terraform', version: null, required: [] },
    ...{ var_files: [], env: {}, environment: [], backend: 'foreign', state_url: null, init_key: 'k' },
    source: { scope: 'tree', digest: 'd' },
    ...{ plan_digest: null, plan_root: null, speculative: false, destroy: false },
  };
}

import type { Assignment } from '../../src/features/execution/protocol.ts';
import { digestOf } from '../../src/kernel/digest.ts';

export interface FingerprintInput {
  readonly assignment: Pick<Assignment, 'init_key' | 'backend' | 'workspace'>;
  readonly engine: { readonly name: string; readonly version: string };
  readonly mirror: string | null;
}

/** What init's result depends on, as 32 hex digits. While it is the same, init need not run again. Tokens are no part of it. */
export function initFingerprint({ assignment, engine, mirror }: FingerprintInput): string {
  const { init_key, backend, workspace } = assignment;
  const platform = `${process.platform}/${process.arch}`;
  return digestOf({ init_key, backend, workspace, engine: `${engine.name} ${engine.version}`, mirror, platform }).slice(
    0,
    32,
  );
}

import type { RunTable } from '../../platform/db/schema.ts';

/** A lock in a backend of the stack's own, which Holdfast cannot free. */
export interface ForeignLock {
  /** `s3`, `gcs`, …; `remote` where it is not known. */
  readonly backend: string;
  /** terraform's lock info as the last refused run told it; null where none did. */
  readonly info: string | null;
  /** The line to type; null where the lock's id is not known. */
  readonly command: string | null;
}

const INFO_LINES = 12;
/** A lock id is a UUID with most backends, a number with gcs; never a word that an option could be. */
const ID = /^\s*ID:\s+([A-Za-z0-9][A-Za-z0-9._-]{0,199})\s*$/m;

/** What terraform said about the lock that was in its way, in a run's error; null where it said nothing. Pure. */
export function lockInfoIn(run: Pick<RunTable, 'error'>): string | null {
  if (run.error === null) return null;
  const { detail, diagnostics } = JSON.parse(run.error) as {
    detail?: string;
    diagnostics?: readonly { readonly detail: string }[];
  };
  const texts = [...(diagnostics ?? []).map((diagnostic) => diagnostic.detail), detail ?? ''];
  const text = texts.find((candidate) => candidate.includes('Lock Info:'));
  if (text === undefined) return null;
  const lines = text.slice(text.indexOf('Lock Info:')).split('\n').slice(0, INFO_LINES);
  const end = lines.findIndex((line) => line.trim() === '');
  return (end === -1 ? lines : lines.slice(0, end)).join('\n').trim();
}

/** The lock as people need it to free it by hand. Pure. */
export function describeForeignLock(about: {
  readonly backend: string | null;
  readonly info: string | null;
  readonly engine: 'terraform' | 'opentofu';
}): ForeignLock {
  const id = about.info === null ? undefined : ID.exec(about.info)?.[1];
  const binary = about.engine === 'opentofu' ? 'tofu' : 'terraform';
  return {
    backend: about.backend ?? 'remote',
    info: about.info,
    command: id === undefined ? null : `${binary} force-unlock ${id}`,
  };
}

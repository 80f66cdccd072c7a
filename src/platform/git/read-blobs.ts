import { HoldfastError } from '../../kernel/errors.ts';
import type { CatFile } from './cat-file.ts';
import { assertObjectId } from './git-names.ts';

/** Of one file, unless the caller says otherwise. */
const DEFAULT_MAX_BYTES = 4 * 1024 ** 2;
/** Of all files of one call together: it lies in memory. */
const TOTAL_MAX_BYTES = 256 * 1024 ** 2;

/**
 * Contents of blobs by id. Sizes are asked first, so that a huge file never reaches memory. Missing, too large and
 * non-blob ids are absent. Throws `too_large` where all together exceed 256 MiB.
 */
export async function readBlobs(
  git: { readonly check: CatFile; readonly contents: CatFile },
  shas: readonly string[],
  maxBytes = DEFAULT_MAX_BYTES,
): Promise<Map<string, Buffer>> {
  const unique = [...new Set(shas.map(assertObjectId))];
  const found = await Promise.all(unique.map((sha) => git.check.ask(sha)));
  const fitting = found.filter((answer) => answer.type === 'blob' && answer.size <= maxBytes);
  const total = fitting.reduce((sum, answer) => sum + answer.size, 0);
  if (total > TOTAL_MAX_BYTES) {
    throw new HoldfastError('too_large', `${fitting.length} files of the repository have ${total} bytes together`);
  }
  const blobs = new Map<string, Buffer>();
  await Promise.all(
    fitting.map(async ({ sha }) => {
      const content = sha && (await git.contents.ask(sha)).content;
      if (sha && content) blobs.set(sha, content);
    }),
  );
  return blobs;
}

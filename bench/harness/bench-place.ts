import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder on a RAM disk where there is one: on a slow disk both sides of a comparison would only measure the disk. */
export async function withPlace<T>(act: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(benchRoot(), 'hf-bench-'));
  try {
    return await act(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `/dev/shm`, else the folder for temporary files. */
export function benchRoot(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

import { readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A tree of at most so many entries is removed at once: that takes less than the first of a thousand hops to other threads. */
const FEW = 100;

/** Removes a tree, a large one in the background of the event loop; what cannot be removed stays. Never rejects. */
export async function removeTree(path: string): Promise<void> {
  try {
    if (hasFewEntries(path)) rmSync(path, { recursive: true, force: true });
    else await rm(path, { recursive: true, force: true });
  } catch {
    // Whoever cleans up next takes it.
  }
}

/** Whether a directory holds few entries, all levels together; looks at no more than that. */
function hasFewEntries(path: string): boolean {
  let left = FEW;
  const open = [path];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (--left < 0) return false;
      if (entry.isDirectory()) open.push(join(dir, entry.name));
    }
  }
  return true;
}

import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSecret } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';

/**
 * The admin token of this host: `data_dir/admin.token` (0600, the bare token and a newline). Made on first start, kept
 * afterwards, so that scripts and the command line on this machine need nothing else.
 */
export function keepAdminToken(dataDir: string, random: Random): string {
  const file = join(dataDir, 'admin.token');
  const known = read(file);
  if (known) {
    chmodSync(file, 0o600);
    return known;
  }
  const fresh = newSecret(random);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Written whole under another name first: nobody ever reads half a token.
  const draft = join(dataDir, `.admin-${process.pid}`);
  writeFileSync(draft, `${fresh}\n`, { mode: 0o600 });
  rmSync(file, { force: true });
  linkSync(draft, file);
  rmSync(draft);
  return fresh;
}

/** Takes the token away: `access.local_token: false`. */
export function dropAdminToken(dataDir: string): void {
  rmSync(join(dataDir, 'admin.token'), { force: true });
}

function read(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text.length >= 32 ? text : null;
  } catch {
    return null;
  }
}

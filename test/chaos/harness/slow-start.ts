import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../../support/find-binary.ts';

/** A folder for the front of PATH with a `terraform` whose applies begin a moment later: long enough to be killed in. */
export function makeSlowStart(dir: string, seconds: number): string {
  const bin = join(dir, 'engine');
  mkdirSync(bin, { recursive: true });
  // exec: whatever is sent to the engine reaches the real one.
  const script = `#!/bin/sh\n[ "$1" = apply ] && sleep ${seconds}\nexec '${findBinary('terraform')}' "$@"\n`;
  writeFileSync(join(bin, 'terraform'), script, { mode: 0o755 });
  return bin;
}

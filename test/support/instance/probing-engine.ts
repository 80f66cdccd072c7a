import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../find-binary.ts';

/** A `terraform` that is the real one, but watches over its plans. */
export interface ProbingEngine {
  /** Folder for the front of PATH. */
  readonly bin: string;
  /** Run ids of the plans that began, in order. */
  begun(): string[];
  /** Run ids of the plans that the engine ended by itself. */
  ended(): string[];
  /** Stacks that were planned while a plan of theirs was running. */
  twice(): string[];
}

/**
 * Makes it below `dir`. Its plans take `pauseS` seconds longer, and each holds an exclusive folder named after its stack's
 * directory meanwhile: who finds it taken has proven that two ran at once.
 */
export function makeProbingEngine(dir: string, pauseS: number): ProbingEngine {
  const bin = join(dir, 'engine');
  mkdirSync(join(bin, 'held'), { recursive: true });
  const script = `#!/bin/sh
real='${findBinary('terraform')}'
[ "$1" = plan ] || exec "$real" "$@"
for word; do case $word in -out=*) run=\${word#*/runs/}; run=\${run%%-*};; esac; done
held='${bin}/held/'\${PWD##*/}
mkdir "$held" || echo "\${PWD##*/}" >>'${bin}/twice'
echo "$run" >>'${bin}/begun'
sleep ${pauseS}
"$real" "$@"
code=$?
rmdir "$held"
echo "$run" >>'${bin}/ended'
exit $code
`;
  writeFileSync(join(bin, 'terraform'), script, { mode: 0o755 });
  const lines = (name: string) => {
    const file = join(bin, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  return { bin, begun: () => lines('begun'), ended: () => lines('ended'), twice: () => lines('twice') };
}

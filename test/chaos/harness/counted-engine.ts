import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../../support/find-binary.ts';

/** A `terraform` that is the real one, and counts what it is asked to do. */
export interface CountedEngine {
  /** Folder for the front of PATH. */
  readonly bin: string;
  /** Run ids of the plans, or applies, that began, in order. */
  begun(what: 'plan' | 'apply'): string[];
  /** The address of its state that an apply was given, with its token. */
  stateAddress(run: string): string;
  /** Stacks of which two engine processes ran at once, proven by a folder that only one of them could make. */
  twice(): string[];
}

/** Makes it below `dir`. Its plans take `planS` seconds longer. */
export function makeCountedEngine(dir: string, planS: number): CountedEngine {
  const bin = join(dir, 'engine');
  mkdirSync(join(bin, 'held'), { recursive: true });
  const script = `#!/bin/sh
real='${findBinary('terraform')}'
case $1 in plan|apply) ;; *) exec "$real" "$@" ;; esac
for word; do case $word in */runs/*) run=\${word#*/runs/}; run=\${run%%-*} ;; esac; done
echo "$run" >>'${bin}/'$1
[ "$1" = apply ] && { echo "$TF_HTTP_ADDRESS" >"${bin}/address-$run"; exec "$real" "$@"; }
held='${bin}/held/'\${PWD##*/}
mkdir "$held" || echo "\${PWD##*/} planned by two at once" >>'${bin}/twice'
sleep ${planS}
"$real" "$@"
code=$?
rmdir "$held"
exit $code
`;
  writeFileSync(join(bin, 'terraform'), script, { mode: 0o755 });
  const lines = (name: string) => {
    const file = join(bin, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const stateAddress = (run: string) => readFileSync(join(bin, `address-${run}`), 'utf8').trim();
  return { bin, begun: (what) => lines(what), stateAddress, twice: () => lines('twice') };
}

/**
 * A stack that replaces its one resource in every apply: it makes a folder of its own that nobody else may have, writes
 * `began`, takes `seconds`, writes `ended`. `ledger` is a path that belongs to the stack alone.
 */
export function probedStack(ledger: string, seconds: number): string {
  const script = [
    `mkdir '${ledger}.busy' || { echo twice >> '${ledger}.twice'; exit 97; }`,
    `echo began >> '${ledger}'`,
    `sleep ${seconds}`,
    `echo ended >> '${ledger}'`,
    `rmdir '${ledger}.busy'`,
  ].join('; ');
  const provisioner = `provisioner "local-exec" {\n    command = ${JSON.stringify(script)}\n  }`;
  return `resource "terraform_data" "own" {\n  triggers_replace = timestamp()\n  ${provisioner}\n}\n`;
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the applies of one instance leave outside of terraform: who made what, and who was there at the same time. */
export interface SideLogs {
  /**
   * A stack of `count` things made one after the other, `seconds` each. Each holds a folder exclusively meanwhile, tells the
   * log when it was begun and made, and prints the canary that it finds in its environment. With `isGated` each waits for
   * `open` as well.
   */
  chain(stack: string, count: number, seconds: number, isGated?: boolean): string;
  /** Lets a gated stack go on. */
  open(stack: string): void;
  /** Addresses of what was begun, in order. */
  begun(stack: string): string[];
  /** Addresses of what was made, in order, as often as it was made. */
  made(stack: string): string[];
  /** Stacks whose folder somebody found taken. */
  twice(): string[];
}

/** Name of the variable with the canary; it comes from server.yaml. */
export const CANARY_VARIABLE = 'HF_CANARY';
/** The same as an input of terraform, so that it is in plan and state. */
const INPUT = 'variable "canary" {\n  type      = string\n  sensitive = true\n}\n';

/** Makes them in a folder of their own. */
export function makeSideLogs(dir: string): SideLogs {
  mkdirSync(dir, { recursive: true });
  const lines = (name: string) => {
    const file = join(dir, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const told = (stack: string, what: string) =>
    lines(`${stack}.log`).flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
  return {
    chain(stack, count, seconds, isGated = false) {
      const about = { stack, seconds, isGated };
      const things = Array.from({ length: count }, (_, nth) => thing(join(dir, stack), { ...about, nth }));
      return INPUT + things.join('');
    },
    open: (stack) => writeFileSync(join(dir, `${stack}.go`), ''),
    begun: (stack) => told(stack, 'begun'),
    made: (stack) => told(stack, 'made'),
    twice: () => lines('twice'),
  };
}

interface Thing {
  readonly stack: string;
  readonly nth: number;
  readonly seconds: number;
  readonly isGated: boolean;
}

function thing(base: string, { stack, nth, seconds, isGated }: Thing): string {
  const address = `terraform_data.t${nth}`;
  const after = nth === 0 ? '' : `  depends_on = [terraform_data.t${nth - 1}]\n`;
  const command = [
    // First: its terraform may be dead by then, and what still prints dies of that.
    `echo "secret $${CANARY_VARIABLE}"`,
    `mkdir '${base}.busy' || { echo ${stack} >> '${base}/../twice'; exit 97; }`,
    `echo 'begun ${address}' >> '${base}.log'`,
    `sleep ${seconds.toFixed(2)}`,
    ...(isGated ? [`while [ ! -e '${base}.go' ]; do sleep 0.2; done`] : []),
    `echo 'made ${address}' >> '${base}.log'`,
    `rmdir '${base}.busy'`,
  ].join('; ');
  const provisioner = `  provisioner "local-exec" {\n    command = ${JSON.stringify(command)}\n  }\n`;
  return `resource "terraform_data" "t${nth}" {\n  input = var.canary\n${after}${provisioner}}\n`;
}

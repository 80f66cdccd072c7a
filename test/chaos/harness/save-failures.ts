import { stateOf } from './acknowledged-states.ts';
import type { ChaosInstance } from './chaos-instance.ts';
import type { Fault, Hook, Passing } from './fault-proxy.ts';

/** A way in which a state cannot be saved. */
export interface SaveFailure {
  readonly name: string;
  /** Configuration beside the stack's own. */
  readonly more: string;
  /** Whether somebody else's state was stored meanwhile: then the captured one is kept for a person. */
  readonly isKept: boolean;
  readonly fault: Fault;
}

/** Where errored.tfstate should lie is something else, as where it cannot be written: terraform prints the state. */
const UNWRITABLE =
  'resource "terraform_data" "block" {\n  provisioner "local-exec" {\n    command = "mkdir errored.tfstate"\n  }\n}\n';

const plain = (name: string, fault: Fault): SaveFailure => ({ name, more: '', isKept: false, fault });

export const SAVE_FAILURES: readonly SaveFailure[] = [
  plain('500 for good', { status: 500 }),
  plain('connection broken for good', 'drop'),
  plain('413', { status: 413 }),
  plain('409, conflict', { status: 409 }),
  plain('403', { status: 403 }),
  plain('501', { status: 501 }),
  plain('429 for good', { status: 429 }),
  { name: 'no place for errored.tfstate', more: UNWRITABLE, isKept: false, fault: { status: 500 } },
  { name: 'a newer state stored meanwhile', more: '', isKept: true, fault: { status: 409 } },
];

export interface FailedSaves {
  /** The state that could not be saved is about to reach the control plane; it waits for `go`. */
  readonly captured: Promise<{ go: () => void }>;
  /** How many saves were refused. */
  refused(): number;
}

/** Refuses every save of a stack from now on. */
export function failSaves(
  chaos: ChaosInstance,
  about: { stack: string; run: string; failure: SaveFailure; next: () => number },
): FailedSaves {
  const { stack, run, failure } = about;
  let refused = 0;
  // Once or twice the way to the control plane fails as well.
  let lost = Math.floor(about.next() * 3);
  let tell: (moment: { go: () => void }) => void = () => {};
  let isTold = false;
  const captured = new Promise<{ go: () => void }>((resolve) => {
    tell = resolve;
  });
  const hook: Hook = {
    async before(passing) {
      if (passing.method === 'POST' && stateOf(passing.path) === stack) {
        refused++;
        if (failure.isKept && refused === 1) await chaos.proxy.send(newer(passing));
        return failure.fault;
      }
      if (passing.path !== `/worker/v1/runs/${run}/errored-state`) return undefined;
      if (!isTold) {
        isTold = true;
        await new Promise<void>((go) => tell({ go }));
      }
      return lost-- > 0 ? { status: 503 } : undefined;
    },
  };
  chaos.proxy.hooks.add(hook);
  return { captured, refused: () => refused };
}

/** The same state as a later one: without what it has, under the lock of the same run. */
function newer(passing: Passing): Passing {
  const state = JSON.parse(passing.body.toString('utf8')) as { serial: number };
  const body = Buffer.from(JSON.stringify({ ...state, serial: state.serial + 5, resources: [] }));
  const { 'content-md5': _, ...headers } = passing.headers;
  return { ...passing, headers, body };
}

import type { Phase, RunStatus } from '../../kernel/run-status.ts';

export type StateVerb = 'GET' | 'LOCK' | 'UNLOCK' | 'POST';

/** Who calls the state backend. */
export type StateCaller =
  | {
      readonly kind: 'run';
      /** SHA-256 of its token: what it is looked up by again before a write is kept. */
      readonly digest: string;
      readonly run: string;
      readonly stack: string;
      readonly phase: Phase;
      /** The run's status at this request. */
      readonly status: RunStatus;
      readonly hasEnded: boolean;
    }
  | { readonly kind: 'admin'; readonly actor: string };

const READ: readonly StateVerb[] = ['GET'];
const WRITE: readonly StateVerb[] = ['GET', 'LOCK', 'UNLOCK', 'POST'];

/** What a run's token may do, by what it was made for and where the run is now. Not listed: nothing. */
const RIGHTS: Readonly<Record<Phase, Partial<Record<RunStatus, readonly StateVerb[]>>>> = {
  plan: { preparing: READ, planning: READ },
  apply: { applying: WRITE, interrupted: WRITE },
};

/** Why the caller may not do this to the stack's state; null where it may. */
export function refuseVerb(caller: StateCaller, verb: StateVerb, stack: string): string | null {
  if (caller.kind === 'admin') return null;
  if (caller.stack !== stack) return `this token is good for the stack ${caller.stack} alone`;
  if (caller.hasEnded) return `run ${caller.run} has ended, and its token with it`;
  if (RIGHTS[caller.phase][caller.status]?.includes(verb) === true) return null;
  return `run ${caller.run} is ${caller.status}: its ${caller.phase} token may not ${verb} now`;
}

/** As the audit names the caller. */
export function actorOf(caller: StateCaller): string {
  return caller.kind === 'admin' ? caller.actor : `run:${caller.run}`;
}

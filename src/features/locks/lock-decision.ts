import { type Lock, type LockCaller, UNBOUND } from './lock.ts';

export type LockAnswer =
  /** Nobody had it: it is the caller's now. */
  | { readonly kind: 'take' }
  /** The run had it by its claim: terraform's id is put on it. */
  | { readonly kind: 'bind' }
  /** The caller has it under this very id: the first answer was lost. */
  | { readonly kind: 'held' }
  | { readonly kind: 'refuse'; readonly holder: Lock };

/** What LOCK with `lockId` means for a stack whose lock is `held` (null: free). */
export function decideLock(held: Lock | null, caller: LockCaller, lockId: string): LockAnswer {
  if (!held) return { kind: 'take' };
  if (held.run !== caller.run) return { kind: 'refuse', holder: held };
  if (held.lock_id === lockId) return { kind: 'held' };
  return held.run !== null && held.lock_id === UNBOUND ? { kind: 'bind' } : { kind: 'refuse', holder: held };
}

export type UnlockAnswer =
  /** The row goes. */
  | { readonly kind: 'free'; readonly forced: boolean }
  /** A run's terraform has unlocked; the run keeps the stack until its end is recorded. */
  | { readonly kind: 'unbind' }
  /** There is no such lock (any more): the first answer was lost, or nothing was locked. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refuse'; readonly holder: Lock; readonly why: string };

export interface UnlockRequest {
  readonly caller: LockCaller;
  /** terraform's lock id; null for an empty body: `terraform force-unlock`. */
  readonly lockId: string | null;
  /** Whether a lock of this id was freed on this stack before. */
  readonly wasFreed: boolean;
  /** Whether the caller may free what others hold. */
  readonly mayForce: boolean;
}

/** What UNLOCK means for a stack whose lock is `held` (null: free). */
export function decideUnlock(held: Lock | null, request: UnlockRequest): UnlockAnswer {
  const { caller, lockId } = request;
  if (!held) return { kind: 'nothing' };
  if (held.run !== null && held.run === caller.run) return decideOwnUnlock(held, lockId);
  if (lockId !== null && lockId !== held.lock_id && request.wasFreed) return { kind: 'nothing' };
  if (held.run !== null) return { kind: 'refuse', holder: held, why: `run ${held.run} holds it; see: holdfast unlock` };
  if (lockId === held.lock_id && caller.run === null) return { kind: 'free', forced: false };
  if (lockId === null && request.mayForce) return { kind: 'free', forced: true };
  return { kind: 'refuse', holder: held, why: `${held.holder} holds it under another id` };
}

function decideOwnUnlock(held: Lock, lockId: string | null): UnlockAnswer {
  if (lockId !== null && lockId === held.lock_id) return { kind: 'unbind' };
  if (held.lock_id === UNBOUND && lockId !== null) return { kind: 'nothing' };
  return { kind: 'refuse', holder: held, why: 'a run unlocks with the id it locked with' };
}

/** Why a write under `lockId` (null: none was sent) is refused; null where it may go on. */
export function refuseWrite(held: Lock | null, caller: LockCaller, lockId: string | null): string | null {
  if (lockId === null) return 'a state is written under its lock only: do not use -lock=false';
  if (!held) return `the lock ${lockId} is not held (any more): nothing is written`;
  if (held.run !== caller.run) return `the stack is locked by ${held.holder}`;
  if (held.lock_id === UNBOUND || held.lock_id !== lockId) return `the stack is not locked with ${lockId}`;
  return null;
}

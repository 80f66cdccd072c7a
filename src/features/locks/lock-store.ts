import type { Lock, Reader, Tx } from './lock.ts';

/** Rows of locks. Every change is guarded by what was read: 0 rows means that somebody was faster. */
export interface LockStore {
  find(db: Reader, stack: string): Promise<Lock | null>;
  /** All of them, by stack. */
  list(db: Reader): Promise<Lock[]>;
  /** False where the stack has a lock. */
  insert(tx: Tx, lock: Lock): Promise<boolean>;
  /** Puts another lock id, operation and info on the lock, where it still is the one that was read. */
  rebind(tx: Tx, seen: Lock, change: Pick<Lock, 'lock_id' | 'operation' | 'info'>): Promise<boolean>;
  /** Removes the lock that was read. */
  remove(tx: Tx, seen: Lock): Promise<boolean>;
  /** The lock that a run holds, or null. */
  findOfRun(db: Reader, run: string): Promise<Lock | null>;
  /** Whether the audit knows of a lock of this id that was freed on this stack. */
  wasFreed(db: Reader, stack: string, lockId: string): Promise<boolean>;
}

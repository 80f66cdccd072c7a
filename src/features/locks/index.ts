export { type Lock, type LockCaller, type Reader, type Tx, UNBOUND } from './lock.ts';
export { type LockAnswer, refuseWrite, type UnlockAnswer } from './lock-decision.ts';
export { type LockInfo, LockService } from './lock-service.ts';
export type { LockStore } from './lock-store.ts';
export { sqlLockStore } from './sql-lock-store.ts';

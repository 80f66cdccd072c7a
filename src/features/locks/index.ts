export { describeForeignLock, type ForeignLock, lockInfoIn } from './foreign-lock.ts';
export { type Lock, type LockCaller, type Reader, type Tx, UNBOUND } from './lock.ts';
export { type LockAnswer, refuseWrite, type UnlockAnswer } from './lock-decision.ts';
export { LockDesk, type LockDeskDeps, type UnlockView } from './lock-desk.ts';
export { type LockInfo, LockService } from './lock-service.ts';
export type { LockStore } from './lock-store.ts';
export type { HolderFacts, LockView } from './lock-view.ts';
export { sqlLockStore } from './sql-lock-store.ts';

export { RetentionLoop } from './retention-loop.ts';
export { SqlRetentionStore } from './sql-retention-store.ts';

export type { AuditEntry } from './audit.ts';
export { appendAudit, lastAudit, listAudit } from './sql-audit-store.ts';

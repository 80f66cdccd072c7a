export { dropAdminToken, keepAdminToken } from './admin-token.ts';
export { hasRole, type Principal, ROLES, type Role, requireRight } from './principal.ts';
export { TokenDirectory, type TokenEntry } from './token-directory.ts';

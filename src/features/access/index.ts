export { dropAdminToken, keepAdminToken } from './admin-token.ts';
export { type Principal, type Role, requireRight } from './principal.ts';
export { TokenDirectory, type TokenEntry } from './token-directory.ts';

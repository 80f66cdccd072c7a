import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256 (64 digits) of a text or bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** JSON with keys sorted at every level, so that equal values have equal text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => {
    if (v === null || typeof v !== 'object' || Array.isArray(v)) return v;
    const entries = Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries);
  });
}

/** SHA-256 of the canonical JSON of a value: the address of an immutable document. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

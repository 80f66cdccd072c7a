/** SQLite's primary result codes for what may pass: BUSY, LOCKED, IOERR, FULL, CANTOPEN. */
const PASSING: Readonly<Record<number, string>> = {
  5: 'the database is in use',
  6: 'the database is in use',
  10: 'the database cannot be written just now',
  13: 'the disk is full: the database has no room',
  14: 'a file of the database cannot be opened just now',
};

/** What a failure of the database is to people where it may pass, and the transaction was rolled back; else null. Pure. */
export function databaseTrouble(error: unknown): string | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? (PASSING[code & 0xff] ?? null) : null;
}

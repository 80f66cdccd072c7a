import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A sortable id: 10 characters of time (ms) and `tail` of chance, lower-case Crockford base32. Never holds `:`. */
export function newId(clock: Clock, random: Random, tail = 6): string {
  let time = clock.now();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  let rest = '';
  for (const byte of random.bytes(tail)) rest += ALPHABET[byte % 32];
  return head + rest;
}

/** A secret of 32 bytes as base64url (43 characters), safe in a URL's userinfo. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

import { randomBytes } from 'node:crypto';

/** The only source of chance, handed in so that tests can be seeded. */
export interface Random {
  /** `size` random bytes. */
  bytes(size: number): Uint8Array;
  /** A number in [0, 1). */
  next(): number;
}

/** Cryptographic randomness of the machine. */
export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  next: () => randomBytes(4).readUInt32BE(0) / 2 ** 32,
};

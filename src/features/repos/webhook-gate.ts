import type { Clock } from '../../kernel/clock.ts';

const WINDOW_MS = 60_000;
/** About a quarter of a second of hashing. */
const BYTES_PER_WINDOW = 256 * 1024 ** 2;
const REMEMBERED = 10_000;

/**
 * Bounds what strangers can make us compute: an address whose refused webhooks cost 256 MiB of hashing within a minute is
 * not listened to until the next one. Small mistakes cost next to nothing, and shut nobody out.
 */
export class RejectionGate {
  readonly #clock: Clock;
  #windowStart = Number.NEGATIVE_INFINITY;
  #spent = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isOpen(address: string): boolean {
    this.#turn();
    return (this.#spent.get(this.#key(address)) ?? 0) < BYTES_PER_WINDOW;
  }

  /** Something from this address was refused after so many bytes were hashed. */
  rejected(address: string, bytes: number): void {
    this.#turn();
    const key = this.#key(address);
    this.#spent.set(key, (this.#spent.get(key) ?? 0) + bytes);
  }

  /** Beyond so many addresses in a minute all others share one account. */
  #key(address: string): string {
    return this.#spent.has(address) || this.#spent.size < REMEMBERED ? address : '*';
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now - this.#windowStart < WINDOW_MS) return;
    this.#windowStart = now;
    this.#spent = new Map();
  }
}

/** The last deliveries by id, so that a redelivery costs nothing. Bounded; forgetting one costs only a look. */
export class SeenDeliveries {
  readonly #seen = new Set<string>();

  /** Whether it is new; from now on it is not. */
  add(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > 10_000) {
      const oldest = this.#seen.values().next().value;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return true;
  }
}

import type { Clock } from '../../kernel/clock.ts';

const WINDOW_MS = 60_000;
const REJECTIONS_PER_WINDOW = 100;
const REMEMBERED = 10_000;

/** Bounds what strangers can make us compute: an address that was refused 100 times in a minute is not listened to. */
export class RejectionGate {
  readonly #clock: Clock;
  #windowStart = Number.NEGATIVE_INFINITY;
  #rejections = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isOpen(address: string): boolean {
    this.#turn();
    return (this.#rejections.get(address) ?? 0) < REJECTIONS_PER_WINDOW;
  }

  rejected(address: string): void {
    this.#turn();
    // Beyond this many addresses in a minute all strangers share one count.
    const key = this.#rejections.has(address) || this.#rejections.size < REMEMBERED ? address : '*';
    this.#rejections.set(key, (this.#rejections.get(key) ?? 0) + 1);
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now - this.#windowStart < WINDOW_MS) return;
    this.#windowStart = now;
    this.#rejections = new Map();
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

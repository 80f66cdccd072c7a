import { toRfc3339 } from '../../kernel/clock.ts';

/** `2026-11-21 09:00 UTC`. */
export function utcOf(atMs: number): string {
  return `${toRfc3339(atMs).slice(0, 16).replace('T', ' ')} UTC`;
}

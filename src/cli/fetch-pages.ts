import type { z } from 'zod';
import type { ApiClient } from './api-client.ts';

const PAGE = 500;

export interface FetchedItems<T> {
  /** Each item as it was sent, and as its schema reads it. */
  readonly items: readonly { readonly body: unknown; readonly value: T }[];
  /** Cursor of what was left out by `limit`; null where nothing was. */
  readonly next: string | null;
}

/** A list, page after page until `limit` items or its end. */
export async function fetchPages<P extends { readonly next: string | null }, T>(
  api: ApiClient,
  path: string,
  schema: z.ZodType<P>,
  pick: (page: P) => readonly T[],
  limit = Number.POSITIVE_INFINITY,
): Promise<FetchedItems<T>> {
  const items: { body: unknown; value: T }[] = [];
  let next: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit - items.length)) });
    if (next !== null) query.set('cursor', next);
    const { body, value } = await api.get(`${path}${path.includes('?') ? '&' : '?'}${query}`, schema);
    const bodies = Object.values(body as object).find((member) => Array.isArray(member)) ?? [];
    const values = pick(value);
    values.forEach((item, i) => {
      items.push({ body: bodies[i], value: item });
    });
    // A page may be empty where a token sees none of its stacks; a cursor that stands still would never end.
    next = value.next === next ? null : value.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}

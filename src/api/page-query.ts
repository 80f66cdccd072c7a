import { z } from 'zod';

/** `?limit=&cursor=` of every list: at most 500, 50 unless told. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
});

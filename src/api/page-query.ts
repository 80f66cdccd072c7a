import { z } from 'zod';

const WRONG_CURSOR = 'is no cursor of this list: take `next` of the page before';

/** `?limit=&cursor=` of every list: at most 500, 50 unless told. The cursor of a list by name is a name. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
});

/** The same for a list whose cursor is a number. */
export const NumberedPageQuery = PageQuery.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, WRONG_CURSOR)
    .optional(),
});

/** The same for a list whose cursor is a run's id. */
export const RunPageQuery = PageQuery.extend({
  cursor: z
    .string()
    .regex(/^[0-9a-z]{10,30}$/, WRONG_CURSOR)
    .optional(),
});

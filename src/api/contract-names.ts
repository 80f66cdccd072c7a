import { z } from 'zod';

/** The JSON of `/api/v1` that is about names and ends of stacks. */

/** `POST /api/v1/stacks/{name}/move`. */
export const MoveRequest = z.strictObject({ to: z.string().min(1).max(200) });

/** Its answer: the stack under its new name, and the run that plans it; null where the head has no stack of that name yet. */
export const Moved = z.looseObject({ name: z.string(), run: z.string().nullable() });
export type Moved = z.infer<typeof Moved>;

/** Answer of `POST /api/v1/deletions/release`: what goes on now. `run`: its destroy; null where the stack is held for want of a spec. */
export const Released = z.object({
  released: z.array(z.object({ stack: z.string(), run: z.string().nullable() })),
});
export type Released = z.infer<typeof Released>;

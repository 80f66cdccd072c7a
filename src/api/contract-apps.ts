import { z } from 'zod';

/** The JSON of `/api/v1` that is about CDKTF apps: the stacks of one are what its synthesis gives. */

/** How the synthesis stands that the head asks for. */
export const AppSynthesis = z.object({
  name: z.string(),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  /** Why it failed, with file and line where the app told them; null unless it failed. */
  error: z.string().nullable(),
  /** Since when it stands so. */
  since: z.string().nullable(),
});
export type AppSynthesis = z.infer<typeof AppSynthesis>;

export const CdktfApp = AppSynthesis.extend({
  repository: z.string(),
  dir: z.string(),
  /** The commit that is synthesised. */
  commit: z.string().nullable(),
});
export type CdktfApp = z.infer<typeof CdktfApp>;

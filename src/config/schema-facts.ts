import { z } from 'zod';

/** What messages and walks need to know about a field besides its type. */
export interface FieldFacts {
  /** What belongs there: `a duration such as 30s`. */
  readonly expects?: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
  /** For the published JSON Schema, where a transform hides it. */
  readonly pattern?: string;
}

/** Facts per schema; those of an inner schema are inherited by `.describe()` and the like. */
export const FACTS = z.registry<FieldFacts>();

import { BUILTIN_CASES } from './builtin-cases.ts';
import type { DriftCase } from './drift-case.ts';
import { PENDING_CASES } from './pending-cases.ts';
import { PROVIDER_DRIFT_CASES } from './provider-drift-cases.ts';
import { S3_DRIFT_CASES } from './s3-drift-cases.ts';

/** Every case by name; its plan lies in `test/fixtures/drift/`, see `npm run fixtures`. */
export const DRIFT_CASES: Readonly<Record<string, DriftCase>> = {
  ...BUILTIN_CASES,
  ...PENDING_CASES,
  ...PROVIDER_DRIFT_CASES,
  ...S3_DRIFT_CASES,
};

/** The file of a case's plan. */
export function fixtureOf(name: string): string {
  return `${name.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase()}.json`;
}

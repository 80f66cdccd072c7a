import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readShow } from '../../workers/plan/read-show.ts';
import { disagreement } from '../../workers/plan-file/agrees-with-stream.ts';
import { decodePlan } from '../../workers/plan-file/decode-plan.ts';
import type { ProviderSchemas } from '../../workers/plan-file/provider-schemas.ts';
import { readPlanEntry } from '../../workers/steps/plan-zip.ts';
import { findBinary } from '../support/find-binary.ts';
import { PLAN_CASES } from '../support/plan-cases.ts';
import { PlanLab } from '../support/plan-lab.ts';

const BUILTIN = 'resource "terraform_data" "any" {}\n';

for (const name of ['terraform', 'opentofu'] as const) {
  const binary = findBinary(name === 'opentofu' ? 'tofu' : name);
  const title = `a plan of real ${name}, read from its file${binary ? '' : ' (skipped: it is not on PATH)'}`;

  describe.skipIf(!binary)(title, { timeout: 60_000 }, () => {
    let lab: PlanLab;
    let schemas: ProviderSchemas;
    beforeAll(() => {
      lab = new PlanLab(binary ?? '');
      schemas = lab.schemas(BUILTIN);
    });
    afterAll(() => lab.close());

    it.each(Object.entries(PLAN_CASES))('says what show says: %s', async (_name, planCase) => {
      const { planFile, showFile, told, version, exitCode } = lab.plan(planCase);
      expect(exitCode).toBe(2);
      const mask = (text: string) => text.replaceAll('canary', '(masked)');
      const bytes = (await readPlanEntry(planFile, 'tfplan', 1e8)) ?? Buffer.alloc(0);
      const options = { engine: { name, version }, mask, schemasOf: async () => schemas };
      const decoded = await decodePlan(bytes, options);
      expect(decoded.shown).toEqual(await readShow(showFile, mask));
      expect(disagreement(decoded, told)).toBeNull();
    });
  });
}

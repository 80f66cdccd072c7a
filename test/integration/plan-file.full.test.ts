import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readShow } from '../../workers/plan/read-show.ts';
import { disagreement } from '../../workers/plan-file/agrees-with-stream.ts';
import { decodePlan } from '../../workers/plan-file/decode-plan.ts';
import type { ProviderSchemas } from '../../workers/plan-file/provider-schemas.ts';
import { readPlanEntry } from '../../workers/steps/plan-zip.ts';
import { findBinary } from '../support/find-binary.ts';
import { PLAN_CASES, type PlanCase } from '../support/plan-cases.ts';
import { PlanLab } from '../support/plan-lab.ts';
import { PROVIDER_CASES, PROVIDERS } from '../support/provider-cases.ts';

const BUILTIN = 'resource "terraform_data" "any" {}\n';

/** A mirror of real providers (local, null, time, tls), where somebody built one. */
const MIRROR = process.env.HOLDFAST_TEST_MIRROR ?? null;

for (const name of ['terraform', 'opentofu'] as const) {
  const binary = findBinary(name === 'opentofu' ? 'tofu' : name);
  const title = `a plan of real ${name}, read from its file${binary ? '' : ' (skipped: it is not on PATH)'}`;
  const withProviders = `with real providers${MIRROR ? '' : ' (skipped: HOLDFAST_TEST_MIRROR names no folder with them)'}`;

  async function expectSame(lab: PlanLab, schemas: ProviderSchemas, planCase: PlanCase): Promise<void> {
    const { planFile, showFile, told, version, exitCode } = lab.plan(planCase);
    expect(exitCode).toBe(2);
    const mask = (text: string) => text.replaceAll('third', '(masked)');
    const bytes = (await readPlanEntry(planFile, 'tfplan', 1e8)) ?? Buffer.alloc(0);
    const decoded = await decodePlan(bytes, { engine: { name, version }, mask, schemasOf: async () => schemas });
    expect(decoded.shown).toEqual(await readShow(showFile, mask));
    expect(disagreement(decoded, told)).toBeNull();
    expect(JSON.stringify(decoded.shown)).not.toContain('canary');
  }

  describe.skipIf(!binary)(title, { timeout: 60_000 }, () => {
    let lab: PlanLab;
    let schemas: ProviderSchemas;
    beforeAll(() => {
      lab = new PlanLab(binary ?? '', MIRROR);
      schemas = lab.schemas(BUILTIN);
    });
    afterAll(() => lab.close());

    it.each(Object.entries(PLAN_CASES))('says what show says: %s', (_name, planCase) =>
      expectSame(lab, schemas, planCase),
    );

    describe.skipIf(!MIRROR)(withProviders, () => {
      it.each(Object.entries(PROVIDER_CASES))('says what show says: %s', async (_name, { before, after, ...more }) => {
        const all = { ...more, after: PROVIDERS + after, ...(before ? { before: PROVIDERS + before } : {}) };
        await expectSame(lab, lab.schemas(PROVIDERS + BUILTIN), all);
      });
    });
  });
}

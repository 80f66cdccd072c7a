import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineStep } from '../../workers/pipeline.ts';

/** Steps around a shell script instead of terraform: a source, an init, a plan, an outcome. */
export function stubSteps(engine: string): PipelineStep[] {
  return [
    {
      name: 'source',
      async run({ paths, adopted }) {
        if (adopted) return 'next';
        await mkdir(paths.stackDir, { recursive: true });
        await writeFile(join(paths.work, 'main.tf'), '');
        return 'next';
      },
    },
    {
      name: 'plan',
      async run(context) {
        const { assignment, facts, paths } = context;
        context.say(`stack ${assignment.stack}`);
        const env = { PATH: '/usr/bin:/bin', RUN: assignment.run, ROOT: paths.root };
        const call = { binary: engine, cwd: paths.stackDir, env };
        await context.runEngine({ ...call, label: 'init', args: ['init'] });
        await context.enterPlanning();
        facts.planEnd = await context.runPlan({ ...call, label: 'plan', args: ['plan'] });
        return 'next';
      },
    },
    {
      name: 'outcome',
      async run(context) {
        const { assignment, facts, paths } = context;
        const end = facts.planEnd;
        const hasChanges = end?.exitCode === 2;
        let digest: string | null = null;
        if (hasChanges) {
          const planFile = join(paths.runDir, 'plan.bin');
          await writeFile(planFile, 'a plan');
          digest = await context.uploadPlan(planFile);
        }
        context.say(`ended ${end?.exitCode} ${end?.stopped}`);
        const isFine = end?.exitCode === 0 || hasChanges;
        facts.outcome = {
          attempt: assignment.attempt,
          phase: 'plan',
          result: end?.stopped === 'canceled' ? 'canceled' : isFine ? 'planned' : 'failed',
          exit_code: end?.exitCode ?? null,
          engine_version: '1.0.0',
          projection: null,
          plan_digest: digest,
          plan_state: null,
          diagnostics: [],
          error: isFine ? null : `stopped: ${end?.stopped}`,
          timings: facts.timings,
          notes: [],
        };
        return 'done';
      },
    },
  ];
}

import { z } from 'zod';
import { DriftReport, RunListItem } from '../api/contract.ts';
import { clean } from '../api/text/clean.ts';
import { renderStackDrift } from '../api/text/drift-text.ts';
import { plainPaint } from '../api/text/paint.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { CommandContext, CommandResult } from './command.ts';
import { waitForRun } from './wait-for-run.ts';

const Checks = z.object({ runs: z.array(RunListItem), never_applied: z.array(z.string()) });

/** `holdfast drift [STACK…]`: checks now; with `wait`, what they found. */
export async function checkNow(
  context: CommandContext,
  stacks: readonly string[],
  wait: boolean,
): Promise<CommandResult> {
  const api = await context.api();
  const body = stacks.length === 0 ? {} : { stacks: [...stacks] };
  const { value, body: answer } = await api.post('/api/v1/drift/checks', body, Checks);
  const never = value.never_applied;
  if (!wait) return { exit: 0, json: answer, text: () => asked(value.runs, never) };
  const runs = [];
  for (const { id } of value.runs) runs.push(await waitForRun(context, id));
  const names = new Set([...value.runs.map(({ stack }) => stack), ...never]);
  const report = (await api.get('/api/v1/drift/report', DriftReport)).value;
  const found = report.stacks.filter(({ name }) => names.has(name));
  // A check that was canceled, or that another one took the place of, says nothing.
  const ended = new Map(runs.map(({ value: run }) => [run.stack, run.status]));
  const isMute = ({ name }: { name: string }) => !['planned', 'unchanged', undefined].includes(ended.get(name));
  const isBad = found.some((stack) => stack.status === 'error' || stack.status === 'unknown' || isMute(stack));
  const isNamedNever = never.some((name) => stacks.includes(name));
  return {
    exit: isBad || isNamedNever ? 1 : found.some(({ status }) => status === 'drifted') ? 2 : 0,
    json: { runs: runs.map((run) => run.body), stacks: found, never_applied: never },
    text: (options) => {
      const paint = options.paint ?? plainPaint;
      return found.length === 0
        ? 'No stack was ever applied: nothing to compare with.\n'
        : found.map((stack) => renderStackDrift(stack, paint)).join('\n');
    },
  };
}

function asked(runs: readonly RunListItem[], never: readonly string[]): string {
  if (runs.length + never.length === 0) return 'No stack was ever applied: nothing to compare with.\n';
  const lines = [
    ...runs.map(({ stack, id }) => `${clean(stack)}: check ${clean(id)}`),
    ...never.map((stack) => `${clean(stack)}: never applied, nothing to compare with`),
  ];
  return `${lines.join('\n')}\n\nSee what they find: holdfast drift report\n`;
}

/** The report as the instance gives it. */
export async function fetchReport(context: CommandContext) {
  return (await context.api()).get('/api/v1/drift/report', DriftReport);
}

/** Throws `invalid` with the way to say it. */
export function usage(message: string, wayOut: string): HoldfastError {
  return new HoldfastError('invalid', message, { treatment: { kind: 'human', wayOut } });
}

import picomatch from 'picomatch';
import type { EnvironmentRule } from './server-config.ts';

/** What one rule gives to a stack's engine, in clear: for the job protocol, never for a log. */
export interface StackEnvironment {
  phase: 'init' | 'plan' | 'apply' | 'all';
  pass: string[];
  values: Record<string, string>;
}

/** The rules that reach a stack, in their order: of two that set the same name the later wins. Reveals secrets. Pure. */
export function environmentFor(stackName: string, rules: readonly EnvironmentRule[]): StackEnvironment[] {
  return rules
    .filter((rule) => matchesStack(rule.stacks, stackName))
    .map(({ phase, pass, values }) => ({
      phase,
      pass: [...pass],
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.reveal()])),
    }));
}

/** Whether any of the globs over stack names matches; `!` takes away from those before it. */
export function matchesStack(globs: readonly string[], stackName: string): boolean {
  let isIn = globs.length > 0 && globs.every((glob) => glob.startsWith('!'));
  for (const glob of globs) {
    const isNegated = glob.startsWith('!');
    const isMatch = picomatch.isMatch(stackName, isNegated ? glob.slice(1) : glob, { dot: true });
    if (isMatch) isIn = !isNegated;
  }
  return isIn;
}

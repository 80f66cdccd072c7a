import type { RunKind } from '../../kernel/run-status.ts';

const VERBS: Readonly<Partial<Record<RunKind, Readonly<Record<string, string>>>>> = {
  destroy: {
    plan: 'destroy plan',
    'plan failed': 'destroy plan failed',
    applying: 'destroying',
    applied: 'destroyed',
    'apply failed': 'destroy failed',
    'apply interrupted': 'destroy interrupted',
    'apply canceled': 'destroy canceled',
  },
  refresh: {
    plan: 'refresh plan',
    'plan failed': 'refresh plan failed',
    applying: 'refreshing',
    applied: 'refreshed',
    'apply failed': 'refresh failed',
    'apply interrupted': 'refresh interrupted',
    'apply canceled': 'refresh canceled',
  },
};

/** The verb of a headline for what kind of run it is about: a destroy says so in its first words. Pure. */
export function verbForKind(verb: string, kind: RunKind | undefined): string {
  return (kind && VERBS[kind]?.[verb]) ?? verb;
}

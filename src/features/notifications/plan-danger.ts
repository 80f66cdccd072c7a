import type { PlanAction, PlannedChange } from '../../kernel/plan-outcome.ts';

/** Most dangerous first: what a message must never leave out for something milder. */
const ORDER: readonly PlanAction[] = [
  'delete',
  'replace',
  'forget',
  'update',
  'import',
  'move',
  'create',
  'read',
  'no-op',
];

/** How each action is marked and named. */
const MARKS: Readonly<Record<PlanAction, { readonly sign: string; readonly verb: string }>> = {
  delete: { sign: '-', verb: 'destroy' },
  replace: { sign: '±', verb: 'replace' },
  forget: { sign: '!', verb: 'forget' },
  update: { sign: '~', verb: 'change' },
  import: { sign: '←', verb: 'import' },
  move: { sign: '→', verb: 'move' },
  create: { sign: '+', verb: 'create' },
  read: { sign: '?', verb: 'read' },
  'no-op': { sign: ' ', verb: 'keep' },
};

/** The most dangerous action of a change. */
export function mainAction(change: PlannedChange): PlanAction {
  return ORDER.find((action) => change.actions.includes(action)) ?? 'no-op';
}

/** Whether people would say that something happens. */
export function isShown(change: PlannedChange): boolean {
  const action = mainAction(change);
  return action !== 'read' && action !== 'no-op';
}

/** Destroys, replaces and forgets: what cannot be taken back. */
export function isDangerous(change: PlannedChange): boolean {
  return rank(mainAction(change)) <= rank('forget');
}

/** 0 is the most dangerous. */
export function rank(action: PlanAction): number {
  return ORDER.indexOf(action);
}

export function signOf(action: PlanAction): string {
  return MARKS[action].sign;
}

export function verbOf(action: PlanAction): string {
  return MARKS[action].verb;
}

/** The module part of an address (`module.a.module.b["x.y"]`), `` for the root. */
export function moduleOf(address: string): string {
  return /^(?:module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.?)+/u.exec(address)?.[0].replace(/\.$/u, '') ?? '';
}

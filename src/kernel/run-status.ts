import type { TransitionTable } from './transitions.ts';

/**
 * Every status of a run, and how one leaves it. The arrows are `RUN_TRANSITIONS`; the only door is
 * `features/runs/run-door.ts`.
 */
export type RunStatus =
  /** Waits for a worker, a dependency or its turn. Left by a claim, a newer head, or cancel. */
  | 'queued'
  /** Claimed: sources, engine and init. Left when the plan starts, fails, or provably never started. */
  | 'preparing'
  /** The engine plans. Left when its outcome is recorded. */
  | 'planning'
  /** Nothing to change. An end. */
  | 'unchanged'
  /** A drift check or a speculative plan with differences rests here: nothing to approve. An end. */
  | 'planned'
  /** A plan with changes waits for a person. Left by approve, discard, cancel, or a newer plan. */
  | 'awaiting_approval'
  /** A policy said no. Left by discard or a newer plan. */
  | 'policy_denied'
  /** Approved, nothing started. Left by the claim of the apply, or stale when the world moved. */
  | 'approved'
  /** An engine may be changing the world. Left only when its end is known, or its owner is not. */
  | 'applying'
  /** All changes made and saved. An end. */
  | 'applied'
  /** Ended badly, with its reason. An end. */
  | 'failed'
  /** Nobody knows yet how the apply ended. Left when its end is proven. */
  | 'interrupted'
  /** A person did not want it. An end. */
  | 'discarded'
  /** A newer run of the stack took its place. An end. */
  | 'superseded'
  /** Approved, but what it was approved against moved. An end. */
  | 'stale'
  /** A person stopped it. An end. */
  | 'canceled';

/** From each status, where a run may go (architecture: a run's life). */
export const RUN_TRANSITIONS = {
  queued: ['preparing', 'superseded', 'canceled'],
  preparing: ['planning', 'failed', 'queued', 'superseded', 'canceled'],
  planning: [
    'unchanged',
    'planned',
    'awaiting_approval',
    'policy_denied',
    'failed',
    'queued',
    'superseded',
    'canceled',
  ],
  unchanged: [],
  planned: [],
  awaiting_approval: ['approved', 'discarded', 'stale', 'superseded', 'canceled'],
  policy_denied: ['discarded', 'superseded'],
  approved: ['applying', 'stale', 'discarded', 'canceled'],
  applying: ['applied', 'failed', 'interrupted', 'approved'],
  applied: [],
  failed: [],
  interrupted: ['applied', 'failed'],
  discarded: [],
  superseded: [],
  stale: [],
  canceled: [],
} as const satisfies TransitionTable<RunStatus>;

/** A run that may own a process or a lock: at most one per stack, drift included. */
export const MOVING = ['preparing', 'planning', 'approved', 'applying', 'interrupted'] as const;
/** Moving, or waiting to move. */
export const OPEN = [...MOVING, 'queued', 'awaiting_approval'] as const;

/** Whether a run in this status may own a process or a lock. */
export function isMoving(status: RunStatus): boolean {
  return (MOVING as readonly RunStatus[]).includes(status);
}

/** Whether a run in this status has not come to an end. */
export function isOpen(status: RunStatus): boolean {
  return (OPEN as readonly RunStatus[]).includes(status);
}

/** Whether no arrow leaves this status. */
export function isEnded(status: RunStatus): boolean {
  return RUN_TRANSITIONS[status].length === 0;
}

export type RunKind = 'plan' | 'drift' | 'destroy' | 'refresh';
export type Trigger = 'push' | 'pull_request' | 'drift' | 'manual' | 'dependency' | 'retry' | 'deletion';
/** Which process a claim starts. */
export type Phase = 'plan' | 'apply';

import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineEnd } from '../pipeline.ts';

/** Why an engine that is no apply is ended by us. */
export type StopReason = NonNullable<EngineEnd['stopped']>;

/** What is measured while an engine runs. */
export interface EngineUse {
  readonly elapsedMs: number;
  readonly outputBytes: number;
  /** Free share of the disk, 0 … 1. */
  readonly freeShare: number;
}

export interface EngineLimits {
  readonly timeoutMs: number;
  readonly outputBytes: number;
  readonly freeShare: number;
}

/** A plan ends when its output passes 1 GB or less than 5 % of the disk is left. */
export const OUTPUT_LIMIT_BYTES = 1024 ** 3;
export const MIN_FREE_SHARE = 0.05;

/** Which limit is passed, if any. */
export function passedLimit(use: EngineUse, limits: EngineLimits): StopReason | null {
  if (use.outputBytes > limits.outputBytes) return 'output_limit';
  if (use.freeShare < limits.freeShare) return 'disk';
  return use.elapsedMs > limits.timeoutMs ? 'timeout' : null;
}

/** Most engines have ended before anybody looks. */
export const FIRST_LOOK_MS = 100;
const SLOWEST_LOOK_MS = 500;
const FASTEST_LOOK_MS = 20;

/** When to look next: at the pace seen since the look before, at half of the way to the output's bound. */
export function nextLookMs(before: EngineUse | null, use: EngineUse | null, limits: EngineLimits): number {
  if (before === null || use === null) return FIRST_LOOK_MS;
  const perMs = (use.outputBytes - before.outputBytes) / Math.max(1, use.elapsedMs - before.elapsedMs);
  const wayMs = (limits.outputBytes - use.outputBytes) / Math.max(1e-9, perMs);
  return Math.max(FASTEST_LOOK_MS, Math.min(SLOWEST_LOOK_MS, wayMs / 2));
}

/** Measures a call's output and its disk; at once, for three hops to other threads cost ten times as much. */
export function measureUse(call: string, elapsedMs: number): EngineUse {
  const disk = statfsSync(call);
  const outputBytes = sizeOf(join(call, 'out')) + sizeOf(join(call, 'err'));
  return { elapsedMs, outputBytes, freeShare: disk.bavail / Math.max(1, disk.blocks) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

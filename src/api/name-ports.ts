import type { CdktfApp } from './contract-apps.ts';
import type { Released } from './contract-names.ts';

/** CDKTF apps, and a synthesis that failed tried again. Every refusal is a `HoldfastError` that names the way out. */
export interface AppPort {
  retry(name: string, actor: string): Promise<CdktfApp>;
}

/** What people decide about names and ends of stacks. Every refusal is a `HoldfastError` that names the way out. */
export interface NameDesk {
  /** Gives a stack another name. `run`: the plan under it; null where the head has no stack of that name yet. */
  move(from: string, to: string, actor: string): Promise<{ readonly run: string | null }>;
  /** Lets held deletions go on. */
  release(actor: string): Promise<Released['released']>;
}

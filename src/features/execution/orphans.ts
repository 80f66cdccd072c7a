import { hclQuote } from '../state/index.ts';
import type { AppliedResource } from './apply-protocol.ts';

/** A resource that was made and is in no state, with the block that imports it. */
export interface Orphan {
  readonly address: string;
  readonly type: string;
  readonly id_key: string | null;
  readonly id: string | null;
  /** null where its id is not known. */
  readonly import: string | null;
}

/** What a secret looks like after masking: an id with one in it identifies nothing. */
const MASKED = '(sensitive';
/** Where a resource was made, whatever it was before. */
const MAKING: readonly AppliedResource['action'][] = ['create', 'replace'];

/** Those of the resources that were made by the apply; one whose id holds a secret is known by its address alone. Pure. */
export function madeOf(completed: readonly AppliedResource[]): AppliedResource[] {
  const made = new Map<string, AppliedResource>();
  for (const resource of completed) {
    if (!MAKING.includes(resource.action)) continue;
    const isMasked = resource.id?.includes(MASKED) === true;
    made.set(resource.address, isMasked ? { ...resource, id: null } : resource);
  }
  return [...made.values()];
}

/** The ledger's entry of a resource. Pure. */
export function orphanOf({ address, type, id_key, id }: AppliedResource): Orphan {
  return { address, type, id_key, id, import: id === null ? null : importBlock(address, id) };
}

/** `import {}` for a root module: terraform 1.5 and later, OpenTofu 1.6 and later. */
function importBlock(address: string, id: string): string {
  return `import {\n  to = ${address}\n  id = ${hclQuote(id)}\n}`;
}

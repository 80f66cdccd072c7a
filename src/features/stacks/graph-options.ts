import type { EngineName } from '../../kernel/stack-entry.ts';

/** How stacks that nobody named are called, and which names are refused. */
export interface StackNaming {
  /** Name of the stack in a directory (`.` for the repository's root). */
  defaultName(dir: string): string;
  /** What is wrong with a name, or null. */
  fault(name: string): string | null;
}

/** What the server's file says about a repository, as far as the graph needs it. */
export interface GraphOptions {
  readonly repository: string;
  readonly naming: StackNaming;
  readonly allow: { readonly localState: boolean; readonly engines: readonly EngineName[] };
  /** Addresses of the repository itself: module sources that name one of them lie in it. */
  readonly selfUrls: readonly string[];
  /** Addresses (scheme and host) under which `/state/<stack>` is ours; null: not known, so any is taken for it. */
  readonly stateAddresses: readonly string[] | null;
  /** Whether `environment` gives the stack an address for an empty http backend: then the state is somebody else's. */
  readonly hasForeignHttpAddress: (stack: string) => boolean;
}

/** Without a server: everything a repository may ask for is allowed. */
export function permissiveOptions(
  repository: string,
  naming: StackNaming,
  selfUrls: readonly string[] = [],
): GraphOptions {
  return {
    repository,
    naming,
    selfUrls,
    stateAddresses: null,
    allow: { localState: true, engines: ['terraform', 'opentofu'] },
    hasForeignHttpAddress: () => false,
  };
}

import { byDependant, type Dependency } from './dependency.ts';
import { circleThrough } from './dependency-order.ts';

/** Why a stack cannot be planned, at its place. */
export interface DependencyFault {
  readonly stack: string;
  readonly message: string;
  readonly file: string;
  readonly line: number | null;
  /** The stack that is needed there; null where nobody is. */
  readonly needs: string | null;
}

export interface FaultFacts {
  /** Dependencies of the stacks that are asked about. */
  readonly own: readonly Dependency[];
  /** Those of all others. */
  readonly others: readonly Dependency[];
  /** Whether there is a stack of that name, here or in another repository. */
  readonly isKnown: (stack: string) => boolean;
}

/** Stacks that need each other in a circle, or a stack that is not there: at most one fault each. Pure. */
export function dependencyFaults({ own, others, isKnown }: FaultFacts): DependencyFault[] {
  const needs = byDependant([...own, ...others]);
  const faults: DependencyFault[] = [];
  for (const [stack, edges] of byDependant(own)) {
    const unknown = edges.find((edge) => !isKnown(edge.needs));
    if (unknown) {
      const name = unknown.needs;
      const message = `stack "${stack}": \`${wordOf(unknown)}\` names "${name}", and there is no such stack; correct the name, or take it out`;
      faults.push({ stack, message, needs: name, ...placeOf(unknown) });
      continue;
    }
    const circle = circleThrough(stack, needs);
    if (!circle) continue;
    const names = [stack, ...circle.map((edge) => edge.needs)].join(' -> ');
    const places = [...new Set(circle.map(({ evidence }) => evidence))].join(', ');
    const message = `stack "${stack}": dependencies form a circle: ${names} (${places}); take one of them out`;
    faults.push({ stack, message, needs: circle[0]?.needs ?? null, ...placeOf(circle[0] ?? null) });
  }
  return faults;
}

function wordOf({ via }: Dependency): string {
  return via === 'remote_state' ? 'terraform_remote_state' : via;
}

/** File and line of the evidence. */
function placeOf(edge: Dependency | null): { file: string; line: number | null } {
  const match = /^(.*):(\d+)$/.exec(edge?.evidence ?? '');
  return match ? { file: match[1] ?? '', line: Number(match[2]) } : { file: edge?.evidence ?? '', line: null };
}

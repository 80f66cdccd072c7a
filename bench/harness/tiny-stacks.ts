import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository, type TestRepository } from '../../test/support/git-repository.ts';

/** A repository of tiny stacks, each with one resource that is built into the engine. */
export interface TinyStacks {
  readonly repository: TestRepository;
  readonly names: readonly string[];
  /** Commits new values to all stacks, or to some: each of their plans finds one change. Answers the commit. */
  change(names?: readonly string[]): string;
  /** Commits a comment to all stacks: they are touched, and their plans find nothing. */
  touch(): string;
  /** The state in which a stack's plan finds nothing, for the value it has now. */
  stateOf(name: string): string;
}

/** Makes `count` stacks in a new repository at `dir`. */
export function makeTinyStacks(dir: string, count: number): TinyStacks {
  const repository = makeRepository(dir);
  const names = Array.from({ length: count }, (_, i) => `stack-${String(i).padStart(4, '0')}`);
  const values = new Map(names.map((name) => [name, 0]));
  let touched = 0;
  let changed = 0;
  const commit = (which: readonly string[]) =>
    repository.commit(
      Object.fromEntries(which.map((name) => [`${name}/main.tf`, stackText(name, values.get(name) ?? 0, touched)])),
    );
  commit(names);
  return {
    repository,
    names,
    change(which = names) {
      changed += 1;
      for (const name of which) values.set(name, changed);
      return commit(which);
    },
    touch() {
      touched += 1;
      return commit(names);
    },
    stateOf: (name) => stateText(name, values.get(name) ?? 0),
  };
}

/** Writes the states into a checkout, where terraform's local backend finds them. */
export function layLocalStates(stacks: TinyStacks, checkout: string): void {
  for (const name of stacks.names) writeFileSync(join(checkout, name, 'terraform.tfstate'), stacks.stateOf(name));
}

function stackText(name: string, value: number, touched: number): string {
  return `# Touched ${touched} times.\nresource "terraform_data" "this" {\n  input = "${textOf(name, value)}"\n}\n`;
}

function textOf(name: string, value: number): string {
  return `${name} at ${value}`;
}

function stateText(name: string, value: number): string {
  const held = { value: textOf(name, value), type: 'string' };
  const attributes = { id: `00000000-0000-4000-8000-00000000${name.slice(-4)}`, input: held, output: held };
  const instance = {
    schema_version: 0,
    attributes: { ...attributes, triggers_replace: null },
    sensitive_attributes: [],
  };
  const provider = 'provider["terraform.io/builtin/terraform"]';
  const resource = { mode: 'managed', type: 'terraform_data', name: 'this', provider, instances: [instance] };
  const lineage = `10000000-0000-4000-8000-00000000${name.slice(-4)}`;
  return JSON.stringify({
    version: 4,
    terraform_version: '1.6.0',
    serial: 1,
    lineage,
    outputs: {},
    resources: [resource],
  });
}

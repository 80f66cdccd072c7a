import type { ChangeClass, DriftVerdict } from '../../../src/features/drift/drift-verdict.ts';
import type { StateDocument } from '../plan-cases.ts';

/** Where a case happens: a folder with an applied configuration, and the S3 server where there is one. */
export interface DriftWorld {
  readonly dir: string;
  /** Edits the state behind terraform's back. */
  editState(edit: (state: StateDocument) => void): void;
  /** Runs terraform in the folder. */
  terraform(...words: string[]): void;
  /** Applies a configuration of somebody else's, with a state of its own, to the same world. */
  elsewhere(text: string): void;
}

/** What somebody did. */
export type Outside = (world: DriftWorld) => void;

/** Something that happened to what was applied, and what a check has to say of it. */
export interface DriftCase {
  /** What was applied, without its `terraform` block. */
  readonly applied: string;
  /** What is planned; absent: the same. */
  readonly planned?: string;
  readonly args?: readonly string[];
  /** What has to be there before it is applied. */
  readonly before?: Outside;
  readonly outside?: Outside;
  /** Whether an S3 server is needed. */
  readonly needsS3?: true;
  readonly status: DriftVerdict['status'];
  /** Every change that is told, by address. */
  readonly classes: Readonly<Record<string, ChangeClass>>;
  /** Why that is right. */
  readonly because: string;
}

export const data = (name: string, body = '') => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
export const file = (name: string, body = `  content = "hello"`) =>
  `resource "local_file" "${name}" {\n  filename = "\${path.module}/world/${name}.txt"\n${body}\n}\n`;

/** Edits the attributes of one resource in the state. */
export const inState =
  (name: string, edit: (attributes: Record<string, unknown>, instance: Record<string, unknown>) => void) =>
  ({ editState }: DriftWorld): void =>
    editState((state) => {
      const instance = state.resources.find((resource) => resource.name === name)?.instances[0];
      if (!instance) throw new Error(`the state has no ${name}`);
      edit(instance.attributes as Record<string, unknown>, instance);
    });

/** A dynamic value as states hold it. */
export const dynamic = (value: unknown, type: unknown = 'string') => ({ value, type });

import type { PathPart } from './parsed-file.ts';

const PLACE_SETTINGS = new Set([
  'address',
  'bucket',
  'key',
  'prefix',
  'path',
  'container_name',
  'storage_account_name',
  'organization',
  'hostname',
  'secret_suffix',
  'namespace',
  'schema_name',
]);

/** Whether a setting of a backend says where its state lies. `workspaces` is read apart, as `workspaces.name`. */
export function isPlaceSetting(name: string): boolean {
  return PLACE_SETTINGS.has(name);
}

/** Of several alternatives none is known. */
export function onlyValue(values: readonly (readonly PathPart[])[]): readonly PathPart[] {
  const [value] = values;
  return values.length === 1 && value ? value : [{ unknown: true }];
}

import type { ServerDiagnosis } from './diagnose-server.ts';
import { isMap, pathKey, valueAt } from './key-path.ts';
import { redactUrls } from './reporter.ts';
import { defaultOf, factsOf, type ScalarField, scalarFields } from './schema-walk.ts';
import { HIDDEN } from './secret.ts';
import { serverSchema } from './server-schema.ts';
import type { YamlDocument } from './yaml-document.ts';

/** One scalar setting, its value in words, and who set it. */
export interface Setting {
  /** `workers.count`. */
  readonly key: string;
  /** As written, secrets hidden; null: not set and without a default. */
  readonly value: string | null;
  /** `flag --listen`, `environment HOLDFAST_LISTEN`, `server.yaml:3:9`, `default`. */
  readonly from: string;
}

/** Every setting that is no list, in the order of the schema, and where it comes from: what doctor shows. */
export function explainSettings(diagnosis: ServerDiagnosis, document: YamlDocument): Setting[] {
  return scalarFields(serverSchema).map((field) => {
    const { path } = field;
    const key = path.join('.');
    const value = valueAt(diagnosis.value, path);
    if (value === undefined) return { key, value: textOf(defaultOf(field.schema)), from: 'default' };
    const origin = diagnosis.origins.get(pathKey(path));
    const position = document.positionOf(path, 'value');
    const place = position === null ? document.file : `${document.file}:${position.line}:${position.column}`;
    return {
      key,
      value: diagnosis.references.get(pathKey(path))?.text ?? show(field, value),
      from: origin?.place ?? place,
    };
  });
}

function show({ schema }: ScalarField, value: unknown): string | null {
  if (factsOf(schema).secret === true) return HIDDEN;
  return typeof value === 'string' ? redactUrls(value) : textOf(value);
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? (isMap(value) ? 'a map' : 'a list') : String(value);
}

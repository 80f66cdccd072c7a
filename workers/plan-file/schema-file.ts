import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOfType, type ProviderSchemas, type TypeRef } from './provider-schemas.ts';
import type { Members } from './value-shape.ts';

/** Name of the file in a data directory; it goes with the init that it belongs to. */
export const SCHEMA_FILE = 'holdfast-schemas';

/** What a schema file says: schemas, or that the engine could not print them. */
export type StoredSchemas =
  | { readonly kind: 'known'; readonly schemas: ProviderSchemas }
  /** `at`: milliseconds since the epoch. */
  | { readonly kind: 'unknown'; readonly at: number };

/** Lines of `provider type members`; what is in front of them tells the format. */
const KNOWN = 'holdfast-schemas 1\n';
const UNKNOWN = 'holdfast-schemas none\n';
/** Of the largest providers less than a megabyte remains. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Collects what remains of schemas, line by line. */
export interface SchemaLines {
  add(ref: TypeRef, members: Members): void;
  /** The file's text; null where it would be too large. */
  text(): string | null;
}

export function collectSchemaLines(): SchemaLines {
  const lines: string[] = [];
  let length = 0;
  return {
    add(ref, members) {
      const line = `${keyOfType(ref)} ${JSON.stringify(members)}\n`;
      length += line.length;
      if (length <= MAX_BYTES) lines.push(line);
    },
    text: () => (length > MAX_BYTES ? null : KNOWN + lines.join('')),
  };
}

/** Stores schemas in a data directory; null: the engine could not print them. */
export async function storeSchemas(dataDir: string, text: string | null): Promise<void> {
  const file = join(dataDir, SCHEMA_FILE);
  await writeFile(`${file}.new`, text ?? UNKNOWN, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Reads what a data directory has; null where that is nothing, or nothing that we wrote. */
export async function readStoredSchemas(dataDir: string): Promise<StoredSchemas | null> {
  const file = join(dataDir, SCHEMA_FILE);
  const found = await stat(file).catch(() => null);
  if (!found || found.size > 2 * MAX_BYTES) return null;
  const bytes = await readFile(file);
  if (bytes.equals(Buffer.from(UNKNOWN))) return { kind: 'unknown', at: found.mtimeMs };
  return bytes.toString('latin1', 0, KNOWN.length) === KNOWN ? { kind: 'known', schemas: schemasIn(bytes) } : null;
}

/** Looks lines up and parses only those that are asked for. */
export function schemasIn(lines: Buffer): ProviderSchemas {
  const parsed = new Map<string, Members | undefined>();
  return {
    membersOf(ref) {
      const key = keyOfType(ref);
      if (!parsed.has(key)) parsed.set(key, parseLine(lines, key));
      return parsed.get(key);
    },
  };
}

function parseLine(lines: Buffer, key: string): Members | undefined {
  const before = `\n${key} `;
  const at = lines.indexOf(before);
  if (at === -1) return undefined;
  const from = at + Buffer.byteLength(before);
  return JSON.parse(lines.toString('utf8', from, lines.indexOf('\n', from))) as Members;
}

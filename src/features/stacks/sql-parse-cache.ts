import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { type BlobKind, PARSE_VERSION, type ParsedFile } from '../../platform/hcl/parsed-file.ts';
import { type BlobKey, keyText, type ParseCache } from './parse-cache.ts';

const CHUNK = 200;
/** A row read again after this long is marked as used. */
const TOUCH_AFTER_MS = 24 * 3_600_000;
const KINDS: readonly BlobKind[] = ['hcl', 'json', 'tfvars', 'tfvars_json', 'template', 'link', 'lock', 'version'];

/** The cache of parsed blobs in the database: survives restarts, so that a cold start parses nothing twice. */
export class SqlParseCache implements ParseCache {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async getMany(keys: readonly BlobKey[]): Promise<Map<string, ParsedFile>> {
    const out = new Map<string, ParsedFile>();
    for (const [kind, shas] of groupByKind(keys)) {
      for (let i = 0; i < shas.length; i += CHUNK) await this.#read(kind, shas.slice(i, i + CHUNK), out);
    }
    return out;
  }

  async putMany(files: readonly { readonly key: BlobKey; readonly file: ParsedFile }[]): Promise<void> {
    const at = this.#clock.now();
    const rows = files.map(({ key, file }) => ({
      blob: key.sha,
      version: versionOf(key.kind),
      body: JSON.stringify(file),
      used_at: at,
    }));
    for (let i = 0; i < rows.length; i += CHUNK) {
      await this.#db
        .insertInto('parse_cache')
        .values(rows.slice(i, i + CHUNK))
        .onConflict((conflict) => conflict.columns(['blob', 'version']).doNothing())
        .execute();
    }
  }

  /** Forgets what nobody used since `before` (ms), and what another version of the parser wrote. */
  async prune(before: number): Promise<void> {
    const current = KINDS.map(versionOf);
    await this.#db
      .deleteFrom('parse_cache')
      .where((eb) => eb.or([eb('used_at', '<', before), eb('version', 'not in', current)]))
      .execute();
  }

  async #read(kind: BlobKind, shas: readonly string[], out: Map<string, ParsedFile>): Promise<void> {
    const rows = await this.#db
      .selectFrom('parse_cache')
      .selectAll()
      .where('version', '=', versionOf(kind))
      .where('blob', 'in', shas)
      .execute();
    const now = this.#clock.now();
    for (const row of rows) out.set(keyText({ sha: row.blob, kind }), JSON.parse(row.body) as ParsedFile);
    const stale = rows.filter((row) => row.used_at < now - TOUCH_AFTER_MS).map((row) => row.blob);
    if (stale.length === 0) return;
    await this.#db
      .updateTable('parse_cache')
      .set({ used_at: now })
      .where('version', '=', versionOf(kind))
      .where('blob', 'in', stale)
      .execute();
  }
}

/** The parser's version and the role in one number: the same bytes say different things in different roles. */
function versionOf(kind: BlobKind): number {
  return PARSE_VERSION * 16 + KINDS.indexOf(kind);
}

function groupByKind(keys: readonly BlobKey[]): Map<BlobKind, string[]> {
  const out = new Map<BlobKind, string[]>();
  for (const { kind, sha } of keys) out.set(kind, [...(out.get(kind) ?? []), sha]);
  return out;
}

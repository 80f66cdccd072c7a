import { unreadable } from './unreadable.ts';

/** A type as engines write it in JSON: `"string"`, `["list","number"]`, `["object",{…}]`. */
export type CtyType = string | readonly [string, unknown, ...unknown[]];

/** How often a nested block or nested attribute stands there. */
export type Nesting = 'single' | 'group' | 'list' | 'set' | 'map';

/** Members of an object that have to be known to read or mask it; all others hold texts, booleans, and values with a type of their own. */
export type Members = Readonly<Record<string, MemberShape>>;

/** What has to be known of one member. */
export interface MemberShape {
  readonly sensitive?: true;
  /** Where numbers or sets are in it. */
  readonly type?: CtyType;
  readonly nesting?: Nesting;
  readonly members?: Members;
}

/** Schemas are a few levels deep; deeper ones are left to the engine. */
const MAX_DEPTH = 32;
const NESTINGS: ReadonlySet<string> = new Set(['single', 'group', 'list', 'set', 'map']);

/** The part of a resource's schema (`block` of `providers schema -json`) that plans are read with. Throws where it is none. */
export function membersOf(block: unknown, depth = 0): Members {
  if (depth > MAX_DEPTH) throw unreadable('a schema nested too deeply');
  const members: [string, MemberShape][] = [];
  for (const [name, attribute] of entriesOf(block, 'attributes')) {
    const shape = attributeShape(attribute, depth);
    if (shape) members.push([name, shape]);
  }
  for (const [name, nested] of entriesOf(block, 'block_types')) {
    const below = membersOf(memberOf(nested, 'block'), depth + 1);
    members.push([name, { nesting: nestingOf(nested), members: below }]);
  }
  return Object.fromEntries(members);
}

function attributeShape(attribute: unknown, depth: number): MemberShape | null {
  const sensitive = memberOf(attribute, 'sensitive') === true ? ({ sensitive: true } as const) : {};
  const nested = memberOf(attribute, 'nested_type');
  if (nested !== undefined) return { ...sensitive, nesting: nestingOf(nested), members: membersOf(nested, depth + 1) };
  const type = memberOf(attribute, 'type') as CtyType | undefined;
  if (type === undefined) throw unreadable('an attribute without a type in a schema');
  const matters = /"(number|set)"/.test(JSON.stringify(type));
  return matters || 'sensitive' in sensitive ? { ...sensitive, ...(matters ? { type } : {}) } : null;
}

function nestingOf(nested: unknown): Nesting {
  const nesting = memberOf(nested, 'nesting_mode');
  if (typeof nesting !== 'string' || !NESTINGS.has(nesting)) throw unreadable('an unknown nesting in a schema');
  return nesting as Nesting;
}

function entriesOf(value: unknown, name: string): [string, unknown][] {
  const found = memberOf(value, name);
  return typeof found === 'object' && found !== null ? Object.entries(found) : [];
}

/** An object's own member; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

import { unreadable } from './unreadable.ts';

/** A resource instance's address in its parts. */
export interface ResourceAddress {
  readonly modules: readonly KeyedName[];
  /** `managed`, `data`, `ephemeral`. */
  readonly mode: string;
  readonly type: string;
  readonly resource: KeyedName;
}

/** A name and its instance key; null for none. */
export interface KeyedName {
  readonly name: string;
  readonly key: string | number | null;
}

const STEP = /([^.[\]"\s]+)(?:\[(?:(\d{1,15})|"((?:[^"\\]|\\.)*)")\])?(\.|$)/suy;

/** Reads `module.m["a"].data.type.name[0]`. Throws where it is no such address. */
export function parseAddress(address: string): ResourceAddress {
  const steps: KeyedName[] = [];
  let isMore = true;
  for (STEP.lastIndex = 0; isMore; ) {
    const [found, name, index, text, end] = STEP.exec(address) ?? [];
    isMore = end === '.';
    if (found === undefined || name === undefined || (!isMore && STEP.lastIndex !== address.length)) {
      throw unreadable('an address of another form');
    }
    steps.push({ name, key: index !== undefined ? Number(index) : text !== undefined ? unescapeKey(text) : null });
  }
  const modules: KeyedName[] = [];
  let at = 0;
  for (; steps[at]?.name === 'module' && steps[at + 1]; at += 2) modules.push(steps[at + 1] as KeyedName);
  const [first, second, third, more] = steps.slice(at);
  if (!first || !second || more) throw unreadable('an address of another form');
  if (!third) return { modules, mode: 'managed', type: first.name, resource: second };
  return { modules, mode: first.name, type: second.name, resource: third };
}

/** Negative where `a` stands before `b` in the engine's order of resources of one mode. */
export function compareAddresses(a: ResourceAddress, b: ResourceAddress): number {
  if (a.modules.length !== b.modules.length) return a.modules.length - b.modules.length;
  for (const [i, module] of a.modules.entries()) {
    const order = compareKeyed(module, b.modules[i] as KeyedName);
    if (order !== 0) return order;
  }
  return compareTexts(a.type, b.type) || compareKeyed(a.resource, b.resource);
}

/** The order of the texts' UTF-8 bytes, which is the engine's; the language's own differs beyond the basic plane. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (/^[\0-\x7f]*$/.test(a + b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareKeyed(a: KeyedName, b: KeyedName): number {
  return compareTexts(a.name, b.name) || compareKeys(a.key, b.key);
}

/** None before numbers before texts. */
function compareKeys(a: KeyedName['key'], b: KeyedName['key']): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const rank = (key: KeyedName['key']) => (key === null ? 0 : typeof key === 'number' ? 1 : 2);
  return rank(a) - rank(b);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescapeKey(text: string): string {
  const plain = (found: string, short?: string, long?: string): string => {
    const code = short ?? long;
    if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
    return found.startsWith('\\') ? (ESCAPES[found.charAt(1)] ?? found.charAt(1)) : found.slice(1);
  };
  return text.replace(/\\u([\da-f]{4})|\\U([\da-f]{8})|\\.|\$\$(?=\{)|%%(?=\{)/gsu, plain);
}

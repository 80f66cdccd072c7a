/** Texts longer than this are compared as they are. */
const MAX_JSON = 1024 * 1024;

/**
 * Whether two texts of one attribute are spellings of one value: nothing and empty, or JSON objects or lists that differ in
 * white space and in the order of keys. null: there is no value. Pure.
 */
export function isSameValue(before: string | null, after: string | null): boolean {
  if (before === after || (isEmpty(before) && isEmpty(after))) return true;
  if (before === null || after === null) return false;
  const [a, b] = [parseDocument(before), parseDocument(after)];
  return a !== undefined && b !== undefined && canonical(a) === canonical(b);
}

/** What providers give back where nothing was set, and the other way round. */
function isEmpty(text: string | null): boolean {
  return text === null || text === '' || text === '[]' || text === '{}' || text === 'null';
}

/** Only objects and lists: `1.0` and `1.00` are two texts. */
function parseDocument(text: string): unknown {
  if (text.length > MAX_JSON || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers as JavaScript reads them: two that differ beyond its precision are rather told apart by nobody. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

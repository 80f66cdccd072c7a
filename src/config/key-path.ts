/** Where a value stands in a document: keys of maps and indexes of lists, from the root. */
export type KeyPath = readonly (string | number)[];

/** A path as one text, to look things up by. */
export function pathKey(path: KeyPath): string {
  return path.join('\u0000');
}

/** `channels[0].events`: a path for people, bounded, with unusual keys in quotes. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]{0,60}$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${quote(part, 60)}]`;
  }
  return text;
}

/** A text in double quotes on one line, control and invisible characters escaped, cut at `maxLength` characters. */
export function quote(text: string, maxLength = 80): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
  return JSON.stringify(cut).replace(invisible, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value at a path of a plain value; undefined where there is none. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let at = value;
  for (const part of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** Whether a value is a map, as YAML has them. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

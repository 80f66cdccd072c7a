const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as a quoted HCL string, as terraform prints instance keys: no interpolation can begin in it. */
export function hclQuote(text: string): string {
  const escaped = text.replace(/["\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
  return `"${escaped.replaceAll('${', () => '$${').replaceAll('%{', '%%{')}"`;
}

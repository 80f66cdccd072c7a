const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** The value of a quoted literal's text: `\"`, `\n`, `\uNNNN`, `\UNNNNNNNN`, `$${` and `%%{` resolved. */
export function unescapeLiteral(raw: string): string {
  if (!raw.includes('\\') && !raw.includes('{')) return raw;
  return raw
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs, (whole, short, long, plain) => {
      const code = short ?? long;
      if (code !== undefined) return codePoint(Number.parseInt(code, 16)) ?? whole;
      return ESCAPES[plain as string] ?? whole;
    })
    .replace(/([$%])\1\{/g, '$1{');
}

function codePoint(code: number): string | null {
  return code <= 0x10ffff ? String.fromCodePoint(code) : null;
}

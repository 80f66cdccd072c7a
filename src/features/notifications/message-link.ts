/** Longest address that any service takes. */
const LONGEST = 1_000;

/** The one link of a message, spelled safely; null where there is none that a browser would open. Pure. */
export function linkOf(url: string | null): string | null {
  const target = url === null || !URL.canParse(url) ? null : new URL(url);
  if (target === null || !/^https?:$/u.test(target.protocol) || target.href.length > LONGEST) return null;
  return target.href.replace(/[<>()"'`\\]/gu, (char) => `%${char.charCodeAt(0).toString(16)}`);
}

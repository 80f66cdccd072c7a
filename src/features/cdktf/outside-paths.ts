import { posix } from 'node:path';
import { below } from './cdktf-app.ts';

/** Files whose text can name others: sources of the languages that CDKTF has, and what their tools read. */
const TEXT = /\.(?:[cm]?[jt]sx?|json|py|go|java|kt|cs|toml|ya?ml|gradle)$/;

export function canNamePaths(path: string): boolean {
  return TEXT.test(path) && !/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/.test(path);
}

/** Literal paths with `..` in a text, each with its line; a bare `'..'` counts. */
export function parentPaths(text: string): { readonly path: string; readonly line: number }[] {
  const found: { path: string; line: number }[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    for (const [, path = ''] of line.matchAll(
      /(?<![.\w])((?:\.\/)?(?:\.\.\/)*\.\.(?:\/[^\s'"`),;:}\]]*)?)(?=['"`\s),;:}\]]|$)/g,
    )) {
      found.push({ path, line: i + 1 });
    }
  }
  return found;
}

/** The first path in a file of the app that leaves the app's directory: `app/main.ts:3 names ../shared`; else null. Pure. */
export function leavesApp(app: string, file: string, paths: ReturnType<typeof parentPaths>): string | null {
  const from = posix.dirname(file);
  for (const { path, line } of paths) {
    const target = posix.normalize(posix.join(from, path));
    const isInside = app === '.' ? !target.startsWith('..') : target === app || target.startsWith(below(app, ''));
    if (!isInside) return `${file}:${line} names ${path}`;
  }
  return null;
}

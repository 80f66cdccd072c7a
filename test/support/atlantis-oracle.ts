import { posix } from 'node:path';

/** A project as Atlantis plans it: with its patterns written out. */
export interface AtlantisPatterns {
  readonly name: string;
  readonly dir: string;
  readonly when_modified: readonly string[];
}

/** Which projects Atlantis plans for these changed files: the patterns of a .dockerignore, the last one that matches decides. */
export function atlantisPlans(projects: readonly AtlantisPatterns[], files: readonly string[]): string[] {
  const isPlanned = ({ dir, when_modified }: AtlantisPatterns) =>
    files.some((file) => {
      let isMatched = false;
      for (const written of when_modified) {
        const isNegative = written.startsWith('!');
        const expression = toExpression(posix.join(dir, isNegative ? written.slice(1) : written));
        if (withParents(file).some((path) => expression.test(path))) isMatched = !isNegative;
      }
      return isMatched;
    });
  return projects.filter(isPlanned).map(({ name }) => name);
}

function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

function toExpression(pattern: string): RegExp {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (pattern.startsWith('**', at)) {
      at += pattern[at + 2] === '/' ? 2 : 1;
      text += at === pattern.length - 1 ? '.*' : '(.*/)?';
    } else if (char === '*') text += '[^/]*';
    else if (char === '?') text += '[^/]';
    else text += char.replace(/[.+^$(){}|\\]/, '\\$&');
  }
  return new RegExp(`^${text}$`, 's');
}

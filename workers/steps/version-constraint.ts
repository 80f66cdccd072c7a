import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';

interface Term {
  readonly operator: string;
  /** Padded to three numbers. */
  readonly version: string;
  /** How many numbers were written. */
  readonly segments: number;
}

const TERM = /^(=|!=|>=|<=|>|<|~>)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Whether a version satisfies a constraint as Terraform reads it: terms joined by commas; `~> 1.2` is at least 1.2 and below
 * 2, `~> 1.2.3` below 1.3; a pre-release counts as the version that it goes before. null where the text is no constraint, or
 * names a pre-release: both engines refuse those.
 */
export function satisfiesConstraint(version: string, constraint: string): boolean | null {
  const terms = constraint.split(',').map((text) => parseTerm(text.trim()));
  if (terms.some((term) => term === null) || !parse(version)) return null;
  return terms.every((term) => term !== null && satisfiesTerm(version, term));
}

/** Whether a version is one before a release: `1.12.0-rc1`. */
export function isPrerelease(version: string): boolean {
  return (parse(version)?.prerelease.length ?? 0) > 0;
}

/** Whether the text is one exact version (`1.11.4`, `v1.12.0-rc1`); answers it without the `v`. */
export function exactVersion(text: string): string | null {
  return parse(text.trim())?.version ?? null;
}

function parseTerm(text: string): Term | null {
  const match = TERM.exec(text);
  if (!match) return null;
  const [, operator, major, minor, patch] = match;
  return {
    operator: operator ?? '=',
    version: `${Number(major)}.${Number(minor ?? 0)}.${Number(patch ?? 0)}`,
    segments: patch !== undefined ? 3 : minor !== undefined ? 2 : 1,
  };
}

function satisfiesTerm(version: string, term: Term): boolean {
  const has = parse(version);
  const wants = parse(term.version);
  if (!has || !wants) return false;
  const order = compare(`${has.major}.${has.minor}.${has.patch}`, wants);
  switch (term.operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    default: {
      const isSameMajor = term.segments < 2 || has.major === wants.major;
      const isSameMinor = term.segments < 3 || has.minor === wants.minor;
      return order >= 0 && isSameMajor && isSameMinor;
    }
  }
}

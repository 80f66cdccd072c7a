import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { parseDurationMs, parseSizeBytes } from '../kernel/units.ts';
import { FACTS } from './schema-facts.ts';

/** Adds an issue with a message of ours and, where there is one, the way out. */
function refuse(context: z.RefinementCtx<unknown>, message: string, wayOut: string | null = null): typeof z.NEVER {
  context.addIssue({ code: 'custom', message, params: { wayOut } });
  return z.NEVER;
}

/** Text of at least one character. */
export function text(expects = 'a text', maxLength = 4096) {
  return z.string().min(1).max(maxLength).register(FACTS, { expects });
}

/** Text that `check` accepts by answering null; else it answers what is wrong and perhaps the way out. */
export function checkedText(expects: string, check: (value: string) => string | readonly [string, string] | null) {
  return z
    .string()
    .max(4096)
    .superRefine((value, context) => {
      const wrong = check(value);
      if (typeof wrong === 'string') refuse(context, wrong);
      else if (wrong !== null) refuse(context, wrong[0], wrong[1]);
    })
    .register(FACTS, { expects });
}

/** A path of the machine; relative ones are resolved later. */
export function pathText() {
  return checkedText('a path', (value) => {
    if (value === '') return 'must not be empty';
    if (/\p{Cc}/u.test(value)) return 'must not hold control characters';
    return value.startsWith('~') ? ['must be a path', 'write the home directory out, a shell alone expands ~'] : null;
  });
}

/** Text that is never shown: passwords, tokens, keys, channel addresses. */
export function secretText(expects: string, check: (value: string) => string | null = () => null) {
  return checkedText(expects, (value) => (value === '' ? 'must not be empty' : check(value))).register(FACTS, {
    expects,
    secret: true,
  });
}

const DURATION = 'a duration such as 30s, 5m, 1h or 7d';

/** A duration (`30s`) as milliseconds, between two durations. */
export function duration(min: string, max = '3650d') {
  return z
    .string()
    .transform((value, context) => {
      const ms = parseDurationMs(value);
      if (ms === null) return refuse(context, `must be ${DURATION}`);
      if (ms < (parseDurationMs(min) ?? 0)) return refuse(context, `must be at least ${min}`);
      if (ms > (parseDurationMs(max) ?? 0)) return refuse(context, `must be at most ${max}`);
      return ms;
    })
    .register(FACTS, { expects: DURATION, pattern: '^\\d{1,9}(ms|s|m|h|d)$' });
}

const SIZE = 'a size such as 64KB, 10MB or 1GB';

/** A size (`10MB`, powers of 1024) as bytes, between two sizes. */
export function size(min: string, max: string) {
  return z
    .string()
    .transform((value, context) => {
      const bytes = parseSizeBytes(value);
      if (bytes === null) return refuse(context, `must be ${SIZE}`);
      if (bytes < (parseSizeBytes(min) ?? 0)) return refuse(context, `must be at least ${min}`);
      if (bytes > (parseSizeBytes(max) ?? 0)) return refuse(context, `must be at most ${max}`);
      return bytes;
    })
    .register(FACTS, { expects: SIZE, pattern: '^\\d{1,9}(B|KB|MB|GB)$' });
}

/** `30%` as 30; from 1% to 100%. */
export function percent() {
  const expects = 'a percentage from 1% to 100%';
  return z
    .string()
    .transform((value, context) => {
      const number = /^(\d{1,3})%$/.exec(value)?.[1];
      if (number === undefined || Number(number) < 1 || Number(number) > 100) {
        return refuse(context, `must be ${expects}`);
      }
      return Number(number);
    })
    .register(FACTS, { expects, pattern: '^\\d{1,3}%$' });
}

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  return z
    .int()
    .min(min)
    .max(max)
    .register(FACTS, { expects: `a whole number from ${min} to ${max}` });
}

/** true or false. */
export function flag() {
  return z.boolean().register(FACTS, { expects: 'true or false' });
}

/** Five cron fields. */
export function cron() {
  const expects = 'five cron fields such as "0 8 * * 1-5"';
  return checkedText(expects, (value) => {
    if (value.trim().split(/\s+/).length !== 5) return `must be ${expects}`;
    try {
      CronExpressionParser.parse(value, { tz: 'UTC' });
      return null;
    } catch (error) {
      return [`must be ${expects}`, error instanceof Error ? error.message : String(error)];
    }
  });
}

/** An IANA time zone. */
export function timezone() {
  return checkedText('a time zone such as Europe/Berlin', (value) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return null;
    } catch {
      return 'must be a time zone such as Europe/Berlin or UTC';
    }
  });
}

/** One of a closed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values).register(FACTS, { expects: `one of ${values.join(', ')}` });
}

/** An http or https URL without user and password, its trailing slashes cut off. */
export function httpUrl() {
  return checkedText('an http or https URL', (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL';
    if (url.search !== '' || url.hash !== '') return 'must end with its path';
    if (url.username !== '' || url.password !== '') return 'must not hold a user or a password';
    return null;
  }).transform((value) => value.replace(/\/+$/, ''));
}

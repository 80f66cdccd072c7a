import { z } from 'zod';
import { toRfc3339 } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Lock, LockInfo } from '../locks/index.ts';
import { UNBOUND } from '../locks/index.ts';

const text = (max: number) => z.string().max(max).default('');
const LockBody = z.looseObject({ ID: z.string().min(1).max(200), Operation: text(200), Who: text(400) });
const UnlockBody = z.looseObject({ ID: z.string().max(200).default('') });

/** Reads the body of LOCK; throws `invalid`. */
export function parseLockBody(body: string): LockInfo {
  const { ID, Operation, Who } = parse(LockBody, body, 'LOCK');
  return { id: ID, operation: Operation, who: Who, text: body };
}

/** The lock id of UNLOCK; null for an empty body (`terraform force-unlock`); throws `invalid`. */
export function parseUnlockBody(body: string): string | null {
  if (body.trim() === '') return null;
  return parse(UnlockBody, body, 'UNLOCK').ID || null;
}

/** The holder's lock as terraform wants to read it in a 423. */
export function lockInfoOf(lock: Lock): string {
  if (lock.lock_id !== UNBOUND) return lock.info;
  const { holder, operation } = lock;
  const info = { ID: `run:${lock.run}`, Operation: operation, Info: 'held by Holdfast for this run', Who: holder };
  return JSON.stringify({ ...info, Version: '', Created: toRfc3339(lock.since), Path: lock.stack });
}

function parse<T>(schema: z.ZodType<T>, body: string, verb: string): T {
  const result = schema.safeParse(json(body, verb));
  if (result.success) return result.data;
  throw new HoldfastError('invalid', `the body of ${verb} is no lock info: ${z.prettifyError(result.error)}`);
}

function json(body: string, verb: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new HoldfastError('invalid', `the body of ${verb} is no JSON`, { cause });
  }
}

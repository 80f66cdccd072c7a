import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../kernel/logger.ts';

export interface LoggerOptions {
  readonly level: string;
  /** Lines for people instead of JSON. */
  readonly isTerminal: boolean;
}

/** Paths whose values are never written, should anybody ever log such an object. */
const REDACT = [
  'password',
  'secret',
  'token',
  'authorization',
  '*.password',
  '*.secret',
  '*.token',
  '*.authorization',
  'headers.authorization',
  'req.headers.authorization',
  'err.config',
];

/** The log of this process: to stderr, so that stdout stays for answers. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = { level: options.level, base: null, redact: { paths: REDACT, censor: '(hidden)' } };
  if (!options.isTerminal) {
    return pino({ ...settings, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
  }
  return pino(settings, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }));
}

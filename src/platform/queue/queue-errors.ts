import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';

const NEEDS_A_PERSON = /NOAUTH|WRONGPASS|NOPERM|^OOM|READONLY|MISCONF/;

/**
 * Takes what BullMQ and ioredis report. Lost connections, lost locks and missing keys are ordinary after a FLUSHALL or
 * a restart and stay at debug; a wrong password or a full memory is said, once until `reset`.
 */
export function queueErrorSink(logger: Logger): { report(error: unknown): void; reset(): void } {
  let said = '';
  return {
    report(error) {
      const reason = messageOf(error);
      const serious = NEEDS_A_PERSON.exec(reason)?.[0];
      if (serious === undefined || serious === said) return logger.debug({ reason }, 'queue is disturbed');
      said = serious;
      logger.warn({ reason }, 'Redis refuses commands: queued work waits in the database');
    },
    reset() {
      said = '';
    },
  };
}

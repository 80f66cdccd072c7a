import { expect, test } from 'vitest';
import type { Logger } from '../../kernel/logger.ts';
import { queueErrorSink } from './queue-errors.ts';

function recorder(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_facts: object, message: string) => void lines.push(`${level} ${message}`);
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return { logger, lines };
}

test('lost connections, locks and keys stay at debug', () => {
  const { logger, lines } = recorder();
  const sink = queueErrorSink(logger);
  for (const text of [
    'connect ECONNREFUSED',
    'could not renew lock for job x',
    'Missing key for job x. moveToFinished',
  ]) {
    sink.report(new Error(text));
  }
  expect(lines).toEqual(Array(3).fill('debug queue is disturbed'));
});

test('a wrong password is said once, and again after it had been well', () => {
  const { logger, lines } = recorder();
  const sink = queueErrorSink(logger);
  sink.report(new Error('WRONGPASS invalid username-password pair'));
  sink.report(new Error('WRONGPASS invalid username-password pair'));
  sink.reset();
  sink.report(new Error('WRONGPASS invalid username-password pair'));
  expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(2);
});

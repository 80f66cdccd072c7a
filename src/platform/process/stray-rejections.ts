import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';

/**
 * Says what was rejected that nobody waited for, where Node would end the process: a client library whose connection goes
 * away at a bad moment must not take the control plane with it. What is thrown still ends it. Answers the way back.
 */
export function hearStrayRejections(logger: Logger): () => void {
  const hear = (reason: unknown) => {
    const stack = reason instanceof Error ? reason.stack?.slice(0, 4000) : undefined;
    logger.error({ reason: messageOf(reason), stack }, 'something failed that nobody waited for; please report it');
  };
  process.on('unhandledRejection', hear);
  return () => process.off('unhandledRejection', hear);
}

import { expect, test } from 'vitest';
import { openDemoChannel } from './demo-channel.ts';

test('who waits for a message with a signal that has aborted before is told at once', async () => {
  const channel = await openDemoChannel();
  try {
    await expect(channel.next(0, () => true, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  } finally {
    await channel.close();
  }
});

import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('the process is measured from the first look on, and each look says the same kinds of things', async () => {
  const metrics = createMetrics('1.2.3', {
    runsByStatus: async () => ({ queued: 2 }),
    queueDepth: async () => null,
    liveWorkers: async () => 1,
    notificationsByStatus: async () => ({}),
  });
  const names = (text: string) => new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const first = await metrics.text();
  expect(first).toContain('holdfast_runs{status="queued"} 2\n');
  expect(first).toContain('holdfast_build_info{version="1.2.3"} 1\n');
  expect(names(first)).toContain('holdfast_nodejs_eventloop_lag_seconds');
  expect(names(first)).toContain('holdfast_process_cpu_seconds_total');
  expect(names(await metrics.text())).toEqual(names(first));
});

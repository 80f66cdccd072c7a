import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RunListener } from '../features/runs/index.ts';
import { isEnded } from '../kernel/run-status.ts';

/** What the metrics read when they are asked for. */
export interface MetricSources {
  runsByStatus(): Promise<Readonly<Record<string, number>>>;
  queueDepth(): Promise<{ waiting: number; active: number } | null>;
  liveWorkers(): Promise<number>;
  notificationsByStatus(): Promise<Readonly<Record<string, number>>>;
}

export interface Metrics {
  /** Prometheus text. */
  text(): Promise<string>;
  /** Counts transitions as they happen. */
  readonly listener: RunListener;
}

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

/** Metrics with the prefix `holdfast_`; labels never hold a run, a stack or a person. */
export function createMetrics(version: string, sources: MetricSources): Metrics {
  const register = new Registry();
  const registers = [register];
  new Gauge({ name: 'holdfast_build_info', help: 'Version', labelNames: ['version'], registers }).set({ version }, 1);
  addGauges(registers, sources);
  const transitions = new Counter({
    name: 'holdfast_run_transitions_total',
    help: 'Runs that entered a status',
    labelNames: ['kind', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'holdfast_run_duration_seconds',
    help: 'From the first claim to the rest',
    labelNames: ['kind', 'status'],
    buckets: SECONDS,
    registers,
  });
  const queued = new Histogram({
    name: 'holdfast_run_queue_seconds',
    help: 'From created to claimed',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers,
  });
  let isWatched = false;
  return {
    text() {
      // Measuring the event loop wakes the process twenty times a second (its default: a hundred): not where nobody looks.
      if (!isWatched) collectDefaultMetrics({ register, prefix: 'holdfast_', eventLoopMonitoringPrecision: 50 });
      isWatched = true;
      return register.metrics();
    },
    listener: {
      async onTransition(_tx, { run, to, at }) {
        transitions.inc({ kind: run.kind, status: to });
        if (to === 'preparing' && run.attempt === 1) queued.observe({ kind: run.kind }, (at - run.created_at) / 1000);
        if (run.started_at !== null && (isEnded(to) || to === 'awaiting_approval')) {
          duration.observe({ kind: run.kind, status: to }, (at - run.started_at) / 1000);
        }
      },
    },
  };
}

function addGauges(registers: Registry[], sources: MetricSources): void {
  new Gauge({
    name: 'holdfast_runs',
    help: 'Runs by status',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset();
      for (const [status, count] of Object.entries(await sources.runsByStatus())) this.set({ status }, count);
    },
  });
  new Gauge({
    name: 'holdfast_queue_jobs',
    help: 'Jobs of the plan queue; absent while Redis is away',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const depth = await sources.queueDepth();
      if (depth === null) return;
      this.set({ state: 'waiting' }, depth.waiting);
      this.set({ state: 'active' }, depth.active);
    },
  });
  new Gauge({
    name: 'holdfast_workers',
    help: 'Workers heard of lately',
    registers,
    async collect() {
      this.set(await sources.liveWorkers());
    },
  });
  new Gauge({
    name: 'holdfast_notifications',
    help: 'Notifications by status',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset();
      for (const [status, count] of Object.entries(await sources.notificationsByStatus())) this.set({ status }, count);
    },
  });
}

import { CronExpressionParser } from 'cron-parser';

/** When reports are due: five cron fields in a time zone. */
export interface ReportSchedule {
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
}

/** A report this much later than its time says so. */
const LATE_MS = 300_000;

/**
 * The next time after `after` (ms). A time that a change of clocks leaves out is told right after it; one that comes twice is
 * told once. Throws where the schedule has no next time. Pure.
 */
export function nextReportAt({ schedule, timezone }: ReportSchedule, after: number): number {
  return CronExpressionParser.parse(schedule, { tz: timezone, currentDate: after }).next().getTime();
}

/** Whether a report that was due is sent late. Pure. */
export function isLate(dueAt: number, now: number): boolean {
  return now - dueAt > LATE_MS;
}

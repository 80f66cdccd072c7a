import { CronExpressionParser } from 'cron-parser';

/** When applies may start: from every tick of the schedule (five cron fields, in the time zone) for the duration. */
export interface ApplyWindow {
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
  readonly durationMs: number;
}

/** Where the windows stand. `opensAt` in ms since the epoch. */
export type WindowState = { readonly isOpen: true } | { readonly isOpen: false; readonly opensAt: number };

/** Whether any window is open at `now`; no windows at all are one that never closes. Pure. */
export function windowAt(windows: readonly ApplyWindow[], now: number): WindowState {
  if (windows.length === 0 || windows.some((window) => isOpenAt(window, now))) return { isOpen: true };
  const opens = windows.map(({ schedule, timezone }) => parse(schedule, timezone, now).next().getTime());
  return { isOpen: false, opensAt: Math.min(...opens) };
}

/** The tick of this very second counts: cron's "previous" is the one before it. */
function isOpenAt({ schedule, timezone, durationMs }: ApplyWindow, now: number): boolean {
  const opened = parse(schedule, timezone, now + 1000)
    .prev()
    .getTime();
  return opened <= now && now < opened + durationMs;
}

function parse(schedule: string, tz: string, currentDate: number) {
  return CronExpressionParser.parse(schedule, { tz, currentDate });
}

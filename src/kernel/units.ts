const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** Milliseconds of `250ms`, `30s`, `5m`, `1h`, `7d`; null where the text is none of these. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * DURATION_MS[match[2] as keyof typeof DURATION_MS];
}

/** Bytes of `10MB`, `64KB`, `1GB`, `100B` (powers of 1024); null where the text is none of these. */
export function parseSizeBytes(text: string): number | null {
  const match = /^(\d{1,9})(B|KB|MB|GB)$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * SIZE_BYTES[match[2] as keyof typeof SIZE_BYTES];
}

/** `38 s`, `2 min 5 s`, `1 h 3 min`: a duration for people. */
export function formatDuration(durationMs: number): string {
  const s = Math.round(durationMs / 1000);
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const min = Math.round(s / 60);
  if (min < 1440) return min % 60 === 0 ? `${min / 60} h` : `${Math.floor(min / 60)} h ${min % 60} min`;
  const h = Math.round(min / 60);
  return h % 24 === 0 ? `${h / 24} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

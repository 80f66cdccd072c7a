const MEGABYTE = 1024 * 1024;

/** `90 MB`, `0.4 MB`: for the line that stands where a log was cut. */
export function formatMegabytes(bytes: number): string {
  const megabytes = bytes / MEGABYTE;
  return `${megabytes >= 10 ? Math.round(megabytes) : Math.max(0.1, Math.round(megabytes * 10) / 10)} MB`;
}

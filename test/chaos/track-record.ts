import type { RecordRow } from './harness/record-row.ts';

/** Every seed that fell, with what mended it. They run first, each time. */
export const TRACK_RECORD: readonly RecordRow[] = [];

/** What the command line writes to: a process's stdout or stderr, or memory in tests. */
export interface OutStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** False where a reader is behind: what else is written is held in memory until `drain`. */
  write(text: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What the command line writes to: a process's stdout or stderr, or memory in tests. */
export interface OutStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** `done` is called when it is out of our hands. */
  write(text: string | Uint8Array, done?: () => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

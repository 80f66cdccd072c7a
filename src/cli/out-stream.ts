/** What the command line writes to: a process's stdout or stderr, or memory in tests. */
export interface OutStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string | Uint8Array): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

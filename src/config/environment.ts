/** Environment variables as a plain value, handed to whoever needs them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of this process's environment, taken now. The only reader of `process.env`. */
export function readEnvironment(): Environment {
  return Object.freeze({ ...process.env });
}

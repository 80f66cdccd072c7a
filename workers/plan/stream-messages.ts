/** A message of the engine's `-json` stream; only what we read of it. */
export interface StreamMessage {
  readonly type: string;
  readonly '@message'?: string;
  readonly '@level'?: string;
  readonly terraform?: string;
  readonly tofu?: string;
  readonly change?: StreamResourceChange;
  readonly changes?: StreamSummary;
  readonly outputs?: Readonly<Record<string, { readonly action?: string; readonly sensitive?: boolean }>>;
  readonly diagnostic?: StreamDiagnostic;
  readonly hook?: StreamHook;
}

/** What `apply_start`, `apply_complete` and `apply_errored` are about. */
export interface StreamHook {
  readonly resource?: { readonly addr?: string; readonly resource_type?: string };
  readonly action?: string;
  readonly id_key?: string;
  readonly id_value?: string;
}

export interface StreamResourceChange {
  readonly resource?: { readonly addr?: string; readonly resource_type?: string };
  readonly previous_resource?: { readonly addr?: string };
  readonly action?: string;
  readonly reason?: string;
  readonly importing?: object;
}

export interface StreamSummary {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly import?: number;
  readonly forget?: number;
  readonly operation: string;
}

export interface StreamDiagnostic {
  readonly severity?: string;
  readonly summary?: string;
  readonly detail?: string;
  readonly address?: string;
  readonly range?: { readonly filename?: string; readonly start?: { readonly line?: number } };
  readonly snippet?: {
    readonly context?: string | null;
    readonly code?: string;
    readonly start_line?: number;
    readonly values?: readonly { readonly traversal?: string; readonly statement?: string }[];
  };
}

/** A line of the stream as a message; null for anything else (providers and provisioners print garbage between). */
export function parseMessage(line: string): StreamMessage | null {
  if (line.charCodeAt(0) !== 0x7b) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Whether a line that is no message was meant as one: cut off, too long, or of a kind that is not known. It may hold a whole
 * state in clear (terraform's emergency dump), so that it is shown nowhere.
 */
export function isBrokenMessage(line: string): boolean {
  return line.startsWith('{"@level":');
}

function isMessage(value: unknown): value is StreamMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    '@level' in value
  );
}

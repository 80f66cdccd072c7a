import { type Diagnostic, EMPTY_SUMMARY, type PlannedChange, type PlanSummary } from '../../src/kernel/plan-outcome.ts';
import { type Counts, countActions } from './count-changes.ts';
import { type DiagnosticPlace, readDiagnostic } from './read-diagnostic.ts';
import { createLineSplitter } from './split-lines.ts';
import { changeOfStream } from './stream-changes.ts';
import { parseMessage, type StreamMessage, type StreamSummary } from './stream-messages.ts';

const MAX_LINE = 1024 * 1024;
export const MAX_CHANGES = 20_000;
const MAX_OUTPUTS = 1000;
const MAX_DIAGNOSTICS = 100;

/** What the `-json` stream of `init`, `plan` or `apply` told. Texts of changes are raw; diagnostics are masked. */
export interface PlanStreamResult {
  readonly engineVersion: string | null;
  /** terraform's own last word; null: it never came to it. */
  readonly summary: StreamSummary | null;
  readonly counts: PlanSummary;
  /** At most 20,000; `counts` has all. Reads and no-ops are left out. */
  readonly changes: readonly PlannedChange[];
  readonly drift: readonly PlannedChange[];
  /** Changes and drift beyond the bound. */
  readonly changesLeftOut: number;
  /** Names of outputs that change, at most 1,000. */
  readonly outputs: readonly string[];
  /** At most 100, errors before warnings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly hasErrors: boolean;
  /** The last plain lines, where something printed no message (an old engine, a crash). At most 20. */
  readonly plainLines: readonly string[];
}

/** Reads the stream in any chunks; whatever is no message is skipped. */
export interface PlanStream {
  push(chunk: Buffer): void;
  end(): PlanStreamResult;
}

export function createPlanStream(place: DiagnosticPlace): PlanStream {
  const counts: Counts = { ...EMPTY_SUMMARY };
  const changes: PlannedChange[] = [];
  const drift: PlannedChange[] = [];
  const outputs: string[] = [];
  const errors: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const plainLines: string[] = [];
  let summary: StreamSummary | null = null;
  let engineVersion: string | null = null;
  let changesLeftOut = 0;

  function readChange({ type, change }: StreamMessage): void {
    const read = change ? changeOfStream(change) : null;
    if (!read || read.actions[0] === 'no-op' || read.actions[0] === 'read') return;
    const list = type === 'planned_change' ? changes : drift;
    if (type === 'planned_change') countActions(counts, read.actions);
    if (list.length < MAX_CHANGES) list.push(read);
    else changesLeftOut++;
  }

  function readMessage(message: StreamMessage): void {
    switch (message.type) {
      case 'version':
        engineVersion = message.terraform ?? message.tofu ?? null;
        return;
      case 'planned_change':
      case 'resource_drift':
        readChange(message);
        return;
      case 'change_summary':
        summary = message.changes ?? null;
        return;
      case 'outputs':
        for (const [name, { action }] of Object.entries(message.outputs ?? {})) {
          if (action === undefined || action === 'noop') continue;
          counts.outputs++;
          if (outputs.length < MAX_OUTPUTS) outputs.push(name);
        }
        return;
      case 'diagnostic': {
        const list = message.diagnostic?.severity === 'warning' ? warnings : errors;
        if (message.diagnostic && list.length < MAX_DIAGNOSTICS) list.push(readDiagnostic(message.diagnostic, place));
      }
    }
  }

  const lines = createLineSplitter(MAX_LINE, (line, { isWhole }) => {
    const message = isWhole ? parseMessage(line) : null;
    if (message) {
      readMessage(message);
      return;
    }
    if (line.trim() === '') return;
    plainLines.push(line.slice(0, 4096));
    if (plainLines.length > 20) plainLines.shift();
  });

  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end();
      const diagnostics = [...errors, ...warnings].slice(0, MAX_DIAGNOSTICS);
      const hasErrors = errors.length > 0;
      return {
        engineVersion,
        summary,
        counts,
        changes,
        drift,
        changesLeftOut,
        outputs,
        diagnostics,
        hasErrors,
        plainLines,
      };
    },
  };
}

import type { AppliedResource, ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { boundText } from '../plan/bounded-text.ts';
import { type DiagnosticPlace, readDiagnostic } from '../plan/read-diagnostic.ts';
import { sanitizeText } from '../plan/sanitize-text.ts';
import { createLineSplitter } from '../plan/split-lines.ts';
import { isBrokenMessage, parseMessage, type StreamHook, type StreamMessage } from '../plan/stream-messages.ts';

const MAX_LINE = 1024 * 1024;
const MAX_RESOURCES = 20_000;
const MAX_DIAGNOSTICS = 100;
const MAX_PLAIN_LINES = 20;

/** What the stream of an apply told, masked and bounded: the only record of what was made and is in no state. */
export interface ApplyLedger
  extends Pick<
    ApplyOutcomeRequest,
    'change_summary' | 'planned' | 'completed' | 'errored' | 'unfinished' | 'diagnostics' | 'stream_lost'
  > {
  readonly engineVersion: string | null;
  /** Whether terraform printed the state, which it could write nowhere. */
  readonly hasDump: boolean;
  /** Whether lines are missing or broken: the disk was full. */
  readonly isCut: boolean;
  /** Whether terraform says that it could not save the state. */
  readonly isUnsaved: boolean;
  /** Whether terraform says that it got a SIGINT. */
  readonly wasInterrupted: boolean;
  readonly plainLines: readonly string[];
}

/** Reads the stream in any chunks. */
export interface LedgerStream {
  push(chunk: Buffer): void;
  end(): ApplyLedger;
}

const ACTIONS: Readonly<Record<string, AppliedResource['action']>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
  move: 'move',
  import: 'import',
  forget: 'forget',
  remove: 'forget',
};
/** What is counted as a change that is applied: the rest is done by saving the state. */
const APPLIED = new Set(['create', 'update', 'delete', 'replace']);

/** Starts a ledger; data that is read is no part of it. */
export function createLedger(place: DiagnosticPlace): LedgerStream {
  const { mask } = place;
  const begun = new Map<string, AppliedResource>();
  const completed: AppliedResource[] = [];
  const errored: AppliedResource[] = [];
  const errors: ApplyLedger['diagnostics'] = [];
  const warnings: ApplyLedger['diagnostics'] = [];
  const plainLines: string[] = [];
  let summary: ApplyLedger['change_summary'] = null;
  let engineVersion: string | null = null;
  let planned = 0;
  let hasDump = false;
  let isCut = false;
  let isLineOpen = false;
  let isUnsaved = false;
  let wasInterrupted = false;

  function resourceOf({ resource, action, id_key, id_value }: StreamHook): AppliedResource | null {
    if (!resource?.addr || action === 'read' || action === 'noop') return null;
    const clean = (text: string, max: number) => boundText(mask(sanitizeText(text)), max);
    return {
      address: clean(resource.addr, 4096),
      type: clean(resource.resource_type ?? '', 512),
      action: ACTIONS[action ?? ''] ?? 'other',
      id_key: typeof id_key === 'string' ? clean(id_key, 200) : null,
      id: typeof id_value === 'string' ? clean(id_value, 4096) : null,
    };
  }

  function readHook(type: string, hook: StreamHook): void {
    const told = resourceOf(hook);
    if (!told) return;
    const key = `${told.action} ${told.address}`;
    if (type === 'apply_start') {
      if (begun.size < MAX_RESOURCES) begun.set(key, told);
      return;
    }
    // The end of a delete does not say the id any more, its start did.
    const before = begun.get(key);
    begun.delete(key);
    const resource = told.id === null && before ? { ...told, id_key: before.id_key, id: before.id } : told;
    add(type === 'apply_complete' ? completed : errored, resource);
  }

  function readMessage(message: StreamMessage): void {
    switch (message.type) {
      case 'version':
        engineVersion = message.terraform ?? message.tofu ?? null;
        return;
      case 'planned_change':
        if (APPLIED.has(message.change?.action ?? '')) planned++;
        return;
      case 'apply_start':
      case 'apply_complete':
      case 'apply_errored':
        if (message.hook) readHook(message.type, message.hook);
        return;
      case 'log':
        wasInterrupted ||= message['@message']?.includes('Interrupt received') === true;
        return;
      case 'change_summary':
        if (message.changes && message.changes.operation !== 'plan') summary = countsOf(message.changes);
        return;
      case 'diagnostic': {
        isUnsaved ||= message.diagnostic?.detail?.includes('errored.tfstate') === true;
        const list = message.diagnostic?.severity === 'warning' ? warnings : errors;
        if (message.diagnostic && list.length < MAX_DIAGNOSTICS) list.push(readDiagnostic(message.diagnostic, place));
      }
    }
  }

  const lines = createLineSplitter(MAX_LINE, (line, { isWhole }) => {
    const message = isWhole ? parseMessage(line) : null;
    hasDump ||= isDump(line);
    if (message) return readMessage(message);
    isCut ||= isWhole && line.startsWith('{"') && !isDump(line);
    if (isBrokenMessage(line) || line.trim() === '' || !isWhole) return;
    plainLines.push(line.slice(0, 4096));
    if (plainLines.length > MAX_PLAIN_LINES) plainLines.shift();
  });

  return {
    push(chunk) {
      if (chunk.length > 0) isLineOpen = chunk[chunk.length - 1] !== 10;
      lines.push(chunk);
    },
    end() {
      lines.end();
      return {
        engineVersion,
        change_summary: summary,
        planned,
        completed: joinReplaced(completed).slice(-MAX_RESOURCES),
        errored: errored.slice(-MAX_RESOURCES),
        unfinished: [...begun.values()],
        diagnostics: [...errors, ...warnings].slice(0, MAX_DIAGNOSTICS),
        hasDump,
        isCut: isCut || isLineOpen,
        isUnsaved,
        wasInterrupted,
        plainLines,
      };
    },
  };
}

const isDump = (line: string) => isBrokenMessage(line) && line.slice(0, 200).includes('"Emergency state dump"');

/** The newest stay: what the state does not know yet was made last. */
function add(list: AppliedResource[], resource: AppliedResource): void {
  list.push(resource);
  if (list.length > 2 * MAX_RESOURCES) list.splice(0, list.length - MAX_RESOURCES);
}

/** A replace is a delete and a create, in either order: where both came to their end they are one, with the new object's id. */
function joinReplaced(completed: readonly AppliedResource[]): AppliedResource[] {
  const created = new Set<string>();
  const deleted = new Set<string>();
  for (const { action, address } of completed) {
    if (action === 'create') created.add(address);
    if (action === 'delete') deleted.add(address);
  }
  return completed.flatMap((resource) => {
    if (!created.has(resource.address) || !deleted.has(resource.address)) return [resource];
    if (resource.action === 'delete') return [];
    return resource.action === 'create' ? [{ ...resource, action: 'replace' as const }] : [resource];
  });
}

function countsOf(told: NonNullable<StreamMessage['changes']>): NonNullable<ApplyLedger['change_summary']> {
  const whole = (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : 0);
  return { add: whole(told.add), change: whole(told.change), remove: whole(told.remove), import: whole(told.import) };
}

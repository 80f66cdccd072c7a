import type { StreamDiagnostic, StreamMessage, StreamResourceChange } from './stream-messages.ts';

const PLANNED: Readonly<Record<string, readonly [mark: string, words: string]>> = {
  create: ['  +', 'will be created'],
  read: [' <=', 'will be read during apply'],
  update: ['  ~', 'will be updated in-place'],
  replace: ['-/+', 'must be replaced'],
  delete: ['  -', 'will be destroyed'],
  remove: ['  .', 'will no longer be managed, but will not be destroyed'],
  forget: ['  .', 'will no longer be managed, but will not be destroyed'],
  import: ['   ', 'will be imported'],
};
const DRIFTED: Readonly<Record<string, string>> = { update: 'has changed', delete: 'has been deleted' };
const OUTPUTS: Readonly<Record<string, string>> = { create: '+', update: '~', delete: '-' };

/** A message of the stream as text for people, in terraform's own words and without times. Pure. */
export function renderMessage(message: StreamMessage): string {
  switch (message.type) {
    case 'planned_change':
      return message.change ? plannedLine(message.change) : own(message);
    case 'resource_drift':
      return message.change ? driftLine(message.change) : own(message);
    case 'outputs':
      return outputLines(message.outputs ?? {});
    case 'diagnostic':
      return message.diagnostic ? diagnosticText(message.diagnostic) : own(message);
    case 'change_summary':
      return `\n${own(message)}`;
    default:
      return own(message);
  }
}

function own(message: StreamMessage): string {
  const text = message['@message'];
  return typeof text === 'string' && text !== '' ? `${text}\n` : '';
}

function plannedLine(change: StreamResourceChange): string {
  const address = change.resource?.addr ?? '?';
  const from = change.previous_resource?.addr;
  const imported = change.importing && change.action !== 'import' ? ', imported' : '';
  if (change.action === 'move') return `    # ${from ?? '?'} has moved to ${address}\n`;
  const [mark, words] = PLANNED[change.action ?? ''] ?? ['   ', `: ${change.action ?? 'unknown action'}`];
  return `${mark} ${address} ${words}${imported}${from ? ` (moved from ${from})` : ''}\n`;
}

function driftLine(change: StreamResourceChange): string {
  const address = change.resource?.addr ?? '?';
  const from = change.previous_resource?.addr;
  if (change.action === 'move') return `    # ${from ?? '?'} has moved to ${address}\n`;
  return `    # ${address} ${DRIFTED[change.action ?? ''] ?? 'differs'} outside of the configuration\n`;
}

function outputLines(outputs: NonNullable<StreamMessage['outputs']>): string {
  const lines = Object.entries(outputs).flatMap(([name, { action }]) => {
    const mark = OUTPUTS[action ?? ''];
    return mark ? [`  ${mark} ${name}\n`] : [];
  });
  return lines.length > 0 ? `\nChanges to Outputs:\n${lines.join('')}` : '';
}

/** The frame that terraform draws around a diagnostic. */
function diagnosticText(diagnostic: StreamDiagnostic): string {
  const title = diagnostic.severity === 'warning' ? 'Warning' : 'Error';
  const lines = [`${title}: ${diagnostic.summary ?? ''}`, ''];
  if (diagnostic.address) lines.push(`  with ${diagnostic.address},`);
  lines.push(...placeLines(diagnostic));
  if (diagnostic.detail) lines.push(...diagnostic.detail.split('\n'));
  while (lines.at(-1) === '') lines.pop();
  return `╷\n${lines.map((line) => (line === '' ? '│' : `│ ${line}`)).join('\n')}\n╵\n`;
}

function placeLines({ range, snippet }: StreamDiagnostic): string[] {
  if (!range?.filename) return [];
  const context = snippet?.context ? `, in ${snippet.context}` : '';
  const lines = [`  on ${range.filename} line ${range.start?.line ?? '?'}${context}:`];
  const first = snippet?.start_line ?? 0;
  for (const [i, code] of (snippet?.code ?? '').split('\n').entries()) {
    if (snippet?.code) lines.push(`${String(first + i).padStart(4)}: ${code}`);
  }
  const values = (snippet?.values ?? []).map((value) => `    │ ${value.traversal ?? ''} ${value.statement ?? ''}`);
  if (values.length > 0) lines.push('    ├────────────────', ...values);
  return [...lines, ''];
}

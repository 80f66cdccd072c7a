import type { AttributeJson, ChangeJson } from '../contract.ts';
import { clean } from './clean.ts';
import type { Paint } from './paint.ts';

const VALUE_LIMIT = 160;

/** A resource's change in terraform's manner: marker, address, what it means, and the attributes that change. */
export function renderChange(change: ChangeJson, paint: Paint): string {
  const { marker, word, colour } = lookOf(change.actions[0] ?? 'no-op', paint);
  const notes = [because(word, change.reason), ...notesOf(change)].filter((note) => note !== '').join('; ');
  const head = `${colour(marker.padStart(3))} ${paint.strong(clean(change.address))}  ${paint.faint(notes)}`;
  const isGone = change.actions[0] === 'delete' || change.actions[0] === 'forget';
  return [head.trimEnd(), ...(isGone ? [] : change.attributes.map((a) => renderAttribute(a, paint)))].join('\n');
}

/** `      path = after`, `      path: before -> after`. */
export function renderAttribute(attribute: AttributeJson, paint: Paint): string {
  const path = clean(attribute.path);
  const { before, after } = attribute;
  if (before === null) return `      ${path} = ${value(after, paint)}`;
  return `      ${path}: ${value(before, paint)} ${paint.faint('->')} ${value(after, paint)}`;
}

function value(text: string | null, paint: Paint): string {
  if (text === null) return paint.faint('null');
  const shown = clean(text.replace(/\n/g, '⏎'), VALUE_LIMIT);
  return shown === '(sensitive)' || shown === '(known after apply)' ? paint.faint(shown) : shown;
}

function lookOf(action: string, paint: Paint): { marker: string; word: string; colour: (text: string) => string } {
  switch (action) {
    case 'create':
      return { marker: '+', word: 'create', colour: paint.good };
    case 'update':
      return { marker: '~', word: 'update', colour: paint.caution };
    case 'delete':
      return { marker: '-', word: 'destroy', colour: paint.bad };
    case 'replace':
      return { marker: '-/+', word: 'replace', colour: paint.bad };
    case 'read':
      return { marker: '<=', word: 'read', colour: paint.note };
    case 'forget':
      return { marker: '.', word: 'forget, not destroyed', colour: paint.caution };
    case 'import':
      return { marker: '<', word: 'import', colour: paint.note };
    case 'move':
      return { marker: '>', word: '', colour: paint.note };
    default:
      return { marker: '', word: clean(action), colour: paint.faint };
  }
}

function notesOf(change: ChangeJson): string[] {
  const notes: string[] = [];
  const others = change.actions.slice(1);
  if (others.includes('import')) notes.push('import');
  if (change.previous_address !== undefined) notes.push(`moved from ${clean(change.previous_address)}`);
  if (change.construct !== undefined) notes.push(`construct ${clean(change.construct)}`);
  return notes;
}

/** `replace: cannot update`, from terraform's `replace_because_cannot_update`. */
function because(word: string, reason: string | undefined): string {
  if (reason === undefined) return word;
  const text = clean(reason.replace(/^[a-z]+_because_/, '').replace(/_/g, ' '));
  return word === '' ? text : `${word}: ${text}`;
}

import type { ChangedValue } from './attribute-diff.ts';
import { MIN_SECRET } from './secret-forms.ts';

/** More or longer ones are masked where they stand, but not looked for elsewhere. */
const MAX_TEXTS = 50;
const MAX_LENGTH = 16_384;

/**
 * The texts that a change marks as sensitive, on either side. A provider may hand the same value on in an attribute without
 * a mark (`terraform_data.output` does), so they are to be hidden in the whole resource.
 */
export function sensitiveTexts(value: ChangedValue): string[] {
  const texts = new Set<string>();
  collect(value.before, value.beforeSensitive, texts, 0);
  collect(value.after, value.afterSensitive, texts, 0);
  return [...texts];
}

function collect(value: unknown, mask: unknown, texts: Set<string>, depth: number): void {
  if (mask === undefined || mask === null || mask === false || depth > 32 || texts.size >= MAX_TEXTS) return;
  if (typeof value === 'string') {
    if (mask === true && value.length >= MIN_SECRET && value.length <= MAX_LENGTH) texts.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const below = mask === true ? true : typeof mask === 'object' ? (mask as Record<string, unknown>)[key] : undefined;
    collect(item, below, texts, depth + 1);
  }
}

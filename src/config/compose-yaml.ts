import { Composer, type Document, type ErrorCode, type LineCounter, Parser } from 'yaml';

/** A fault of syntax: where in the text, and the library's code and sentence for it. */
export interface SyntaxFault {
  readonly offset: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Faults after which nobody reads on. */
const MAX_FAULTS = 20;

class TooManyFaults extends Error {}

/** The first document of a text and its faults of syntax, at most 20. Throws a RangeError where it is nested too deeply. */
export function composeYaml(
  text: string,
  lines: LineCounter,
): { document: Document.Parsed | null; faults: SyntaxFault[] } {
  const faults: SyntaxFault[] = [];
  const composer = new Composer({ lineCounter: lines, prettyErrors: false, uniqueKeys: false, strict: true });
  // The library collects without bound: a megabyte of commas would be a million errors and 14 seconds.
  Object.assign(composer, {
    onError(source: FaultSource, code: ErrorCode, message: string) {
      faults.push({ offset: offsetOf(source), code, message });
      if (faults.length >= MAX_FAULTS) throw new TooManyFaults();
    },
  });
  let document: Document.Parsed | null = null;
  try {
    for (const next of composer.compose(new Parser(lines.addNewLine).parse(text), true, text.length)) {
      if (document !== null) {
        faults.push({ offset: next.range[0], code: 'MULTIPLE_DOCS', message: '' });
        break;
      }
      document = next;
      for (const { pos, code, message } of [...next.errors, ...next.warnings])
        faults.push({ offset: pos[0], code, message });
    }
  } catch (error) {
    if (!(error instanceof TooManyFaults)) throw error;
  }
  return { document, faults: faults.slice(0, MAX_FAULTS) };
}

/** Whatever the library points at with a fault. */
type FaultSource = number | readonly number[] | { readonly offset: number; readonly source?: string };

function offsetOf(source: FaultSource): number {
  if (typeof source === 'number') return source;
  return 'offset' in source ? source.offset : (source[0] ?? 0);
}

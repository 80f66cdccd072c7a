import { secretForms } from './secret-forms.ts';
import { createTextAutomaton } from './text-automaton.ts';

/** What stands where a secret stood. */
export const MASKED = '(sensitive)';

/** Masks a text that comes in pieces: a secret split over pieces is found, text that may become one is held back. */
export interface MaskStream {
  push(text: string): string;
  /** What was held back. */
  end(): string;
}

/** Masks a whole text; `stream` starts one for texts in pieces. A plain function is one without a stream. */
export interface TextMask {
  (text: string): string;
  readonly stream?: () => MaskStream;
}

/** A mask for these secrets in all their forms (`secret-forms.ts`). Overlapping finds are masked as one. */
export function createMask(secrets: Iterable<string>): TextMask & { readonly stream: () => MaskStream } {
  const forms = new Set<string>();
  for (const secret of secrets) for (const form of secretForms(secret)) forms.add(form);
  if (forms.size === 0) return Object.assign((text: string) => text, { stream: () => withoutStream((text) => text) });
  const automaton = createTextAutomaton(forms);
  const stream = () => maskStream(automaton);
  const whole = (text: string) => {
    const one = stream();
    return one.push(text) + one.end();
  };
  return Object.assign(whole, { stream });
}

/** A stream of any mask; one that cannot look over the borders of pieces masks each piece by itself. */
export function streamOf(mask: TextMask): MaskStream {
  return mask.stream?.() ?? withoutStream(mask);
}

function withoutStream(mask: (text: string) => string): MaskStream {
  return { push: mask, end: () => '' };
}

function maskStream(automaton: ReturnType<typeof createTextAutomaton>): MaskStream {
  let state = 0;
  let held = '';
  /** Found spans in `held`, ascending and apart from each other. */
  let spans: { from: number; to: number }[] = [];

  function emit(upTo: number): string {
    let boundary = upTo;
    const open = spans.find((span) => span.from < boundary && span.to > boundary);
    if (open) boundary = open.from;
    let text = '';
    let at = 0;
    for (const span of spans) {
      if (span.to > boundary) break;
      text += held.slice(at, span.from) + MASKED;
      at = span.to;
    }
    text += held.slice(at, boundary);
    held = held.slice(boundary);
    spans = spans.filter((span) => span.to > boundary).map((s) => ({ from: s.from - boundary, to: s.to - boundary }));
    return text;
  }

  return {
    push(text) {
      let at = held.length;
      held += text;
      while (at < held.length) {
        if (state === 0) {
          at = automaton.skip(held, at);
          if (at >= held.length) break;
        }
        state = automaton.next(state, held.charCodeAt(at));
        at++;
        const length = automaton.matchLength(state);
        if (length > 0) spans = addSpan(spans, at - length, at);
      }
      return emit(held.length - automaton.depth(state));
    },
    end() {
      state = 0;
      return emit(held.length);
    },
  };
}

/** Spans come in order of their ends, so only the last ones can overlap the new one. */
function addSpan(spans: { from: number; to: number }[], from: number, to: number): { from: number; to: number }[] {
  let start = from;
  let last = spans.at(-1);
  while (last && last.to > start) {
    start = Math.min(start, last.from);
    spans.pop();
    last = spans.at(-1);
  }
  spans.push({ from: start, to });
  return spans;
}

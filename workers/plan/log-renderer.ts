import { streamOf, type TextMask } from './mask-secrets.ts';
import { renderMessage } from './render-message.ts';
import { sanitizeText } from './sanitize-text.ts';
import { createLineSplitter } from './split-lines.ts';
import { isBrokenMessage, parseMessage } from './stream-messages.ts';

/** A message is never longer; a longer line is something else and goes through in pieces. */
const MAX_LINE = 1024 * 1024;

const HIDDEN = '[a message of the engine that cannot be shown]\n';

/** Turns an engine's raw output into the log that people read. */
export interface LogRenderer {
  /** Text that is certain by now; a part of a line, or of a possible secret, is held back. */
  push(chunk: Buffer): string;
  /** What was held back. */
  end(): string;
}

/**
 * Renders the `-json` stream (any other line goes through as it is), with secrets masked over the borders of lines and
 * chunks and control characters neutralised. The same bytes give the same text, however they are cut: an adopted run's log
 * goes on exactly where it stopped.
 */
export function createLogRenderer(options: { readonly mask: TextMask }): LogRenderer {
  const mask = streamOf(options.mask);
  let text = '';
  let isHidden = false;
  const lines = createLineSplitter(MAX_LINE, (line, { isWhole, isEnd }) => {
    const message = isWhole ? parseMessage(line) : null;
    // Its later pieces look like anything.
    isHidden ||= !message && isBrokenMessage(line);
    if (isHidden) {
      if (isEnd) text += mask.push(HIDDEN);
      isHidden = !isEnd;
      return;
    }
    const rendered = message ? renderMessage(message) : isEnd ? `${line}\n` : line;
    text += mask.push(sanitizeText(rendered));
  });
  const taken = () => {
    const done = text;
    text = '';
    return done;
  };
  return {
    push(chunk) {
      lines.push(chunk);
      return taken();
    },
    end() {
      lines.end();
      text += mask.end();
      return taken();
    },
  };
}

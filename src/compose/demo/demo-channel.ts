import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat that only listens: what a Slack channel would have got. */
export interface DemoChannel {
  readonly url: string;
  /** Every message so far, as text. */
  readonly messages: readonly string[];
  /** The first message after `since` that `matches`; rejects when `signal` aborts. */
  next(since: number, matches: (text: string) => boolean, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;
const MESSAGES_KEPT = 200;

/** Listens on a free port of loopback for Slack's incoming webhooks. */
export async function openDemoChannel(): Promise<DemoChannel> {
  const messages: string[] = [];
  const listeners = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) if (body.length < BODY_LIMIT) body += chunk;
    if (messages.length < MESSAGES_KEPT) messages.push(slackText(body));
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    for (const listener of listeners) listener();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/channel`,
    messages,
    next: (since, matches, signal) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.slice(since).find(matches);
          if (found !== undefined) finish(() => resolve(found));
        };
        const abort = () => finish(() => reject(signal.reason));
        const finish = (act: () => void) => {
          listeners.delete(look);
          signal.removeEventListener('abort', abort);
          act();
        };
        // One that has aborted already tells nobody any more.
        if (signal.aborted) return abort();
        listeners.add(look);
        signal.addEventListener('abort', abort, { once: true });
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface SlackText {
  readonly text?: string | { readonly text?: string };
  readonly fields?: readonly { readonly text?: string }[];
  readonly elements?: readonly SlackText[];
}

/** Block Kit as plain lines, the way a narrow screen would show it. */
function slackText(body: string): string {
  try {
    const message = JSON.parse(body) as { text?: string; blocks?: readonly SlackText[] };
    const lines = (message.blocks ?? []).flatMap(blockLines).filter((line) => line !== '');
    return plain(lines.length > 0 ? lines.join('\n') : (message.text ?? ''));
  } catch {
    return body;
  }
}

function blockLines(block: SlackText): string[] {
  const own = typeof block.text === 'string' ? block.text : (block.text?.text ?? '');
  const fields = (block.fields ?? []).map((field) => field.text ?? '');
  return [own, ...fields, ...(block.elements ?? []).flatMap(blockLines)];
}

/** Slack's markup as a reader sees it. */
function plain(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]+)>/g, '$1')
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2: $1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

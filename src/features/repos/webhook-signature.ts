import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../kernel/digest.ts';

/** Headers with every value of its own: `headers` of Node joins some of them. Names are lower-case. */
export type WebhookHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** Reads `rawHeaders` of a request: name, value, name, value, … */
export function distinctHeaders(rawHeaders: readonly string[]): WebhookHeaders {
  const headers: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    headers[name] ??= [];
    headers[name].push(rawHeaders[i + 1] ?? '');
  }
  return headers;
}

/** A provider's way to sign, reduced to a question: is it right? A text is the reason why not. */
export type SignatureCheck = (input: SignedRequest) => true | string;

interface SignedRequest {
  readonly headers: WebhookHeaders;
  readonly rawBody: Buffer;
  readonly secret: string;
  readonly nowMs: number;
}

const MAX_AGE_S = 300;

/** GitHub: `X-Hub-Signature-256: sha256=<hex of HMAC-SHA256 over the raw body>`. */
export const checkGithub: SignatureCheck = (input) => checkHmac(input, 'x-hub-signature-256', 'sha256=');

/** Gitea and Forgejo: bare hex. Both may send both headers; Forgejo's own counts. */
export const checkGitea: SignatureCheck = (input) => {
  const name = input.headers['x-forgejo-signature'] ? 'x-forgejo-signature' : 'x-gitea-signature';
  return checkHmac(input, name, '');
};

/**
 * GitLab: a `whsec_` secret means signed webhooks (id, timestamp of at most 5 minutes, `v1,<base64>`), and then nothing
 * less is taken; any other secret is compared with `X-Gitlab-Token`.
 */
export const checkGitlab: SignatureCheck = (input) => {
  if (input.secret.startsWith('whsec_')) return checkStandard(input);
  return checkText(input, 'x-gitlab-token', input.secret);
};

/**
 * Anybody else: exactly one of `X-Holdfast-Signature` or `X-Hub-Signature-256` (both `sha256=<hex>`), or
 * `Authorization: Bearer <secret>`.
 */
export const checkGeneric: SignatureCheck = (input) => {
  const names = ['x-holdfast-signature', 'x-hub-signature-256', 'authorization'].filter((name) => input.headers[name]);
  const [name, second] = names;
  if (name === undefined) return 'no X-Holdfast-Signature, X-Hub-Signature-256 or Authorization header';
  if (second !== undefined) return `both ${name} and ${second} are there, and only one may be`;
  if (name === 'authorization') return checkText(input, name, `Bearer ${input.secret}`);
  return checkHmac(input, name, 'sha256=');
};

/** The only value of a header; null where there is none, or more than one. */
export function singleHeader(headers: WebhookHeaders, name: string): string | null {
  const values = headers[name] ?? [];
  return values.length === 1 ? (values[0] ?? null) : null;
}

function checkHmac(input: SignedRequest, name: string, prefix: string): true | string {
  const value = onlyHeader(input.headers, name);
  if ('reason' in value) return value.reason;
  const isShaped = value.text.startsWith(prefix) && /^[0-9a-f]{64}$/.test(value.text.slice(prefix.length));
  if (!isShaped) return `${name} is not \`${prefix}\` and 64 hex digits`;
  const expected = createHmac('sha256', input.secret).update(input.rawBody).digest();
  const given = Buffer.from(value.text.slice(prefix.length), 'hex');
  return timingSafeEqual(given, expected) || `${name} does not fit the body and the configured secret`;
}

function checkText(input: SignedRequest, name: string, expected: string): true | string {
  const value = onlyHeader(input.headers, name);
  if ('reason' in value) return value.reason;
  // Digests have one length, whatever was sent.
  return timingSafeEqual(Buffer.from(sha256(value.text)), Buffer.from(sha256(expected))) || `${name} is wrong`;
}

function checkStandard(input: SignedRequest): true | string {
  const id = onlyHeader(input.headers, 'webhook-id');
  if ('reason' in id) return id.reason;
  const timestamp = onlyHeader(input.headers, 'webhook-timestamp');
  if ('reason' in timestamp) return timestamp.reason;
  const signature = onlyHeader(input.headers, 'webhook-signature');
  if ('reason' in signature) return signature.reason;
  if (!/^\d{1,12}$/.test(timestamp.text)) return 'webhook-timestamp is not a time in seconds';
  if (Math.abs(input.nowMs / 1000 - Number(timestamp.text)) > MAX_AGE_S)
    return 'webhook-timestamp is more than 5 minutes off';
  const key = Buffer.from(input.secret.slice('whsec_'.length), 'base64');
  const signed = createHmac('sha256', key).update(`${id.text}.${timestamp.text}.`).update(input.rawBody).digest();
  const isRight = signature.text.split(' ').some((part) => {
    const given = part.startsWith('v1,') ? Buffer.from(part.slice('v1,'.length), 'base64') : Buffer.alloc(0);
    return given.length === signed.length && timingSafeEqual(given, signed);
  });
  return isRight || 'webhook-signature does not fit the body and the configured secret';
}

function onlyHeader(headers: WebhookHeaders, name: string): { text: string } | { reason: string } {
  const values = headers[name] ?? [];
  const [text] = values;
  if (text === undefined) return { reason: `no ${name} header` };
  return values.length === 1 ? { text } : { reason: `more than one ${name} header` };
}

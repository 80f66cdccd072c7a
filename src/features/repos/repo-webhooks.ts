import type { WebhookProvider } from './watched-repository.ts';
import {
  checkGeneric,
  checkGitea,
  checkGithub,
  checkGitlab,
  type SignatureCheck,
  singleHeader,
  type WebhookHeaders,
} from './webhook-signature.ts';

export interface WebhookRequest {
  readonly provider: WebhookProvider;
  readonly headers: WebhookHeaders;
  readonly rawBody: Buffer;
  readonly secret: string;
  readonly nowMs: number;
}

/** What a webhook is worth. Nothing of it but the branch name is ever used, and that only to leave other branches alone. */
export type WebhookVerdict =
  | {
      readonly ok: true;
      /** For telling redeliveries; null where the provider sends none. */
      readonly deliveryId: string | null;
      /** `push`: look now; `ping` and `other`: only acknowledge. */
      readonly event: 'push' | 'ping' | 'other';
      /** The pushed branch, where the payload says so clearly. */
      readonly branchHint: string | null;
    }
  | { readonly ok: false; readonly status: 400 | 401; readonly reason: string };

interface Provider {
  readonly check: SignatureCheck;
  /** Names of the event and delivery headers, first found counts. */
  readonly event: readonly string[];
  readonly delivery: readonly string[];
  readonly push: RegExp;
  readonly ping: RegExp;
}

const GITEA: Provider = {
  check: checkGitea,
  event: ['x-forgejo-event', 'x-gitea-event', 'x-gogs-event'],
  delivery: ['x-forgejo-delivery', 'x-gitea-delivery', 'x-gogs-delivery'],
  push: /^push$/,
  ping: /^ping$/,
};

const PROVIDERS: Readonly<Record<WebhookProvider, Provider>> = {
  github: {
    check: checkGithub,
    event: ['x-github-event'],
    delivery: ['x-github-delivery'],
    push: /^push$/,
    ping: /^ping$/,
  },
  gitlab: {
    check: checkGitlab,
    event: ['x-gitlab-event'],
    delivery: ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'],
    push: /^Push Hook$/,
    // Never sent: GitLab tests with a push.
    ping: /^(?!)/,
  },
  gitea: GITEA,
  forgejo: GITEA,
  generic: {
    check: checkGeneric,
    event: ['x-holdfast-event'],
    delivery: ['x-holdfast-delivery', 'x-request-id'],
    push: /^(?:push|)$/,
    ping: /^ping$/,
  },
};

/** Which provider sent a request to `/events`. Gitea and Forgejo first: they send GitHub's headers, too. */
export function detectProvider(headers: WebhookHeaders): WebhookProvider {
  if (headers['x-forgejo-event'] || headers['x-gitea-event'] || headers['x-gogs-event']) return 'gitea';
  if (headers['x-gitlab-event']) return 'gitlab';
  if (headers['x-github-event']) return 'github';
  return 'generic';
}

/** Whether a repository configured for one provider takes what another one sent (Gitea and Forgejo are one). */
export function isSameProvider(a: WebhookProvider, b: WebhookProvider): boolean {
  return PROVIDERS[a] === PROVIDERS[b];
}

/** Judges a webhook: first the signature over the raw bytes, then, and only if it is right, what it says. Pure. */
export function verifyWebhook(request: WebhookRequest): WebhookVerdict {
  const provider = PROVIDERS[request.provider];
  if (request.secret === '') return { ok: false, status: 401, reason: 'no secret is configured' };
  const check = provider.check(request);
  if (check !== true) return { ok: false, status: 401, reason: check };
  const payload = parsePayload(request);
  if (!payload) return { ok: false, status: 400, reason: 'the body is not a JSON object' };
  const deliveryId = firstHeader(request.headers, provider.delivery)?.slice(0, 200) ?? null;
  const name = firstHeader(request.headers, provider.event) ?? '';
  if (provider.ping.test(name)) return { ok: true, deliveryId, event: 'ping', branchHint: null };
  if (!provider.push.test(name)) return { ok: true, deliveryId, event: 'other', branchHint: null };
  return judgePush(payload.ref, deliveryId, request.provider === 'generic');
}

function judgePush(ref: unknown, deliveryId: string | null, mayLackRef: boolean): WebhookVerdict {
  if (ref === undefined && mayLackRef) return { ok: true, deliveryId, event: 'push', branchHint: null };
  if (typeof ref !== 'string') return { ok: false, status: 400, reason: 'a push without `ref` (a text) is no push' };
  if (ref.startsWith('refs/tags/')) return { ok: true, deliveryId, event: 'other', branchHint: null };
  const branchHint = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
  return { ok: true, deliveryId, event: 'push', branchHint };
}

function parsePayload(request: WebhookRequest): Readonly<Record<string, unknown>> | null {
  // "Run now" of a script needs no body.
  if (request.provider === 'generic' && request.rawBody.length === 0) return {};
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(request.rawBody);
    const value: unknown = JSON.parse(
      isForm(request.headers) ? (new URLSearchParams(text).get('payload') ?? '') : text,
    );
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** GitHub's default content type puts the JSON into a form field. */
function isForm(headers: WebhookHeaders): boolean {
  return singleHeader(headers, 'content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;
}

function firstHeader(headers: WebhookHeaders, names: readonly string[]): string | null {
  for (const name of names) {
    const value = singleHeader(headers, name);
    if (value !== null) return value;
  }
  return null;
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { detectProvider, isSameProvider, verifyWebhook, type WebhookVerdict } from './repo-webhooks.ts';
import type { WatchedRepository, WebhookSecret } from './watched-repository.ts';
import { RejectionGate, SeenDeliveries } from './webhook-gate.ts';
import { distinctHeaders } from './webhook-signature.ts';

export interface WebhookRouteDeps {
  readonly repositories: readonly Pick<WatchedRepository, 'name' | 'branch' | 'webhook'>[];
  /** `RepoWatcher.hint`. */
  readonly hint: (repository: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One that can be hinted by webhook. */
interface Hookable {
  readonly name: string;
  readonly branch: string;
  readonly webhook: WebhookSecret;
}

const BODY_LIMIT = 1024 ** 2;

/**
 * `POST /webhooks/{repository}` and `POST /events`: signature in, hint out, 202 at once. The body is kept as the bytes that
 * were signed, at most 1 MiB of it (413). Errors are thrown for the application's one error handler.
 */
export async function registerWebhookRoutes(app: FastifyInstance, deps: WebhookRouteDeps): Promise<void> {
  const hookable = deps.repositories.flatMap(({ name, branch, webhook }) =>
    webhook ? [{ name, branch, webhook }] : [],
  );
  const gate = new RejectionGate(deps.clock);
  const seen = new SeenDeliveries();
  const receive = (request: FastifyRequest, candidates: readonly Hookable[]) => {
    if (!gate.isOpen(request.ip)) throw new HoldfastError('busy', 'too many refused webhooks from this address');
    const { verified, refused, hashed } = judgeAll(candidates, request, deps.clock.now());
    if (verified.length === 0) {
      gate.rejected(request.ip, hashed);
      deps.log.info({ reason: refused?.reason, url: request.routeOptions.url }, 'a webhook was refused');
      throw refusal(refused);
    }
    return verified.map(({ repository, verdict }) => settle(repository, verdict));
  };
  const settle = (repository: Hookable, verdict: Extract<WebhookVerdict, { ok: true }>) => {
    const { event, branchHint, deliveryId } = verdict;
    if (event !== 'push') return event === 'ping' ? 'pong' : 'ignored';
    if (branchHint !== null && branchHint !== repository.branch) return 'ignored';
    if (deliveryId !== null && !seen.add(`${repository.name} ${deliveryId}`)) return 'duplicate';
    deps.hint(repository.name);
    return 'accepted';
  };

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    const options = { bodyLimit: BODY_LIMIT, schema: { hide: true } };
    scope.post<{ Params: { repository: string } }>('/webhooks/:repository', options, async (request, reply) => {
      const candidates = hookable.filter(({ name }) => name === request.params.repository);
      if (candidates.length === 0) throw endpointOff(`/webhooks/${request.params.repository.slice(0, 200)}`);
      return reply.code(202).send({ status: receive(request, candidates)[0] });
    });
    scope.post('/events', options, async (request, reply) => {
      if (hookable.length === 0) throw endpointOff('/events');
      const provider = detectProvider(distinctHeaders(request.raw.rawHeaders));
      const statuses = receive(
        request,
        hookable.filter((one) => isSameProvider(one.webhook.provider, provider)),
      );
      return reply.code(202).send({ status: statuses.find((status) => status === 'accepted') ?? statuses[0] });
    });
  });
}

/** Which of the repositories' secrets fit; for none, why the last one did not (a 400 says more than a 401). */
function judgeAll(candidates: readonly Hookable[], request: FastifyRequest, nowMs: number) {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const verified: { repository: Hookable; verdict: Extract<WebhookVerdict, { ok: true }> }[] = [];
  const bySecret = new Map<string, WebhookVerdict>();
  let refused: Extract<WebhookVerdict, { ok: false }> | null = null;
  const headers = distinctHeaders(request.raw.rawHeaders);
  for (const repository of candidates) {
    const { provider } = repository.webhook;
    const secret = repository.webhook.secret.reveal();
    // One secret for many repositories is usual, and hashing a megabyte is not free.
    const key = `${provider} ${secret}`;
    const verdict = bySecret.get(key) ?? verifyWebhook({ provider, headers, rawBody, secret, nowMs });
    bySecret.set(key, verdict);
    if (verdict.ok) verified.push({ repository, verdict });
    else if (refused?.status !== 400) refused = verdict;
  }
  return { verified, refused, hashed: bySecret.size * rawBody.length };
}

function refusal(refused: Extract<WebhookVerdict, { ok: false }> | null): HoldfastError {
  if (!refused) return new HoldfastError('unauthenticated', 'no repository is configured for this kind of webhook');
  return new HoldfastError(
    refused.status === 400 ? 'invalid' : 'unauthenticated',
    `webhook refused: ${refused.reason}`,
  );
}

/** The same for unknown repositories: a stranger learns no names. */
function endpointOff(path: string): HoldfastError {
  return new HoldfastError('not_found', `${path} is off: no webhook secret is configured for it`, {
    treatment: {
      kind: 'human',
      wayOut: 'set `webhook: {provider: …, secret: {env: …}}` of the repository in server.yaml',
    },
  });
}

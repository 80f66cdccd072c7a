import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { inTime } from './answer-deadline.ts';
import { answerEarly } from './early-answer.ts';
import { parseLockBody, parseUnlockBody } from './lock-body.ts';
import { bodyOf, refuseAnnounced, textOf } from './request-body.ts';
import type { RunTokens } from './run-tokens.ts';
import { sendBytes } from './send-bytes.ts';
import { passwordOf, stackOfPath } from './state-address.ts';
import { answerError, answerLock, answerUnlock, describe, isOurFault, OK, type StateAnswer } from './state-answer.ts';
import type { StateCaller } from './state-rights.ts';
import type { StateService } from './state-service.ts';

/** Whose API token this is: null for nobody's; `mayAdminister` where it is an admin's with reach over the stack. */
export type AdminLookup = (token: string, stack: string) => { actor: string; mayAdminister: boolean } | null;

export interface StateRouteDeps {
  readonly db: Database;
  readonly service: StateService;
  readonly tokens: RunTokens;
  readonly admins: AdminLookup;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest state that is taken. */
  readonly maxBytes: number;
  /** Requests at a time; more are told to come again. */
  readonly maxConcurrent: number;
  /** For tests: how long an answer may take while nothing more is received; default 30 s. */
  readonly answerMs?: number;
  /** False while the control plane starts or stops: everybody is told to come again. */
  readonly isReady: () => boolean;
}

interface StateRequest {
  readonly stack: string;
  readonly caller: StateCaller;
  readonly request: FastifyRequest;
}

type Handler = (deps: StateRouteDeps, about: StateRequest, reply: FastifyReply) => Promise<StateAnswer | null>;

const HANDLERS: Readonly<Record<string, Handler>> = { GET: get, POST: post, PUT: post, LOCK: lock, UNLOCK: unlock };
const METHODS = [...Object.keys(HANDLERS), 'DELETE', 'PATCH', 'HEAD'];

/**
 * Terraform's and OpenTofu's http backend at `/state/{stack}`. HTTP basic, any user, a run's token or an admin's API
 * token as the password. Bodies are streams; no error of any layer ever becomes a 404.
 */
export function registerStateRoutes(app: FastifyInstance, deps: StateRouteDeps): void {
  app.addHttpMethod('LOCK', { hasBody: true }).addHttpMethod('UNLOCK', { hasBody: true });
  let running = 0;
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler((error, _request, reply) => send(reply, answerError(error)));
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      if (running >= deps.maxConcurrent || !deps.isReady()) return finish(deps, request, reply, tooBusy());
      running++;
      reply.raw.once('close', () => running--);
      return finish(deps, request, reply, await handle(deps, request, reply));
    };
    const options = { method: METHODS, exposeHeadRoute: false, schema: { hide: true }, handler };
    scope.route({ ...options, url: '/state' });
    scope.route({ ...options, url: '/state/*' });
  });
}

async function handle(deps: StateRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<StateAnswer | null> {
  try {
    return await inTime(answerTo(deps, request, reply), request.raw, deps.clock, deps.answerMs);
  } catch (error) {
    const answer = answerError(error);
    const facts = { method: request.method, status: answer.status, error: describe(error) };
    deps.log[isOurFault(answer) ? 'error' : 'info'](facts, 'a request to the state backend was refused');
    return answer;
  }
}

async function answerTo(
  deps: StateRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<StateAnswer | null> {
  const stack = stackOfPath(request.raw.url ?? '');
  const caller = await callerOf(deps, request.headers.authorization, stack);
  const handler = HANDLERS[request.method];
  if (!handler) return { status: 405, headers: { allow: 'GET, POST, PUT, LOCK, UNLOCK' }, body: '' };
  return handler(deps, { stack, caller, request }, reply);
}

async function callerOf(deps: StateRouteDeps, authorization: string | undefined, stack: string): Promise<StateCaller> {
  const token = passwordOf(authorization);
  const run = token === null ? null : await deps.tokens.verify(deps.db, token);
  if (run) return run;
  const admin = token === null ? null : deps.admins(token, stack);
  if (admin?.mayAdminister === true) return { kind: 'admin', actor: admin.actor };
  if (admin) throw new HoldfastError('forbidden', `${admin.actor} may not read or write states: this needs admin`);
  throw new HoldfastError('unauthenticated', 'the state backend wants HTTP basic with a valid token as the password');
}

async function get(deps: StateRouteDeps, { stack, caller }: StateRequest, reply: FastifyReply) {
  const found = await deps.service.read(stack, caller);
  if (!found) return { status: 404, headers: {}, body: '' };
  const { version, bytes } = found;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(version.size),
    'content-md5': Buffer.from(version.md5, 'hex').toString('base64'),
    'cache-control': 'no-store',
  });
  void sendBytes(reply.raw, bytes).catch((error: unknown) => {
    deps.log.error({ stack, serial: version.serial, error: describe(error) }, 'a state broke off while it was sent');
  });
  return null;
}

async function post(deps: StateRouteDeps, { stack, caller, request }: StateRequest): Promise<StateAnswer> {
  refuseAnnounced(request.raw, deps.maxBytes);
  await deps.service.write({
    stack,
    caller,
    lockId: lockIdOf(request),
    contentMd5: request.headers['content-md5'] === undefined ? null : String(request.headers['content-md5']),
    bytes: bodyOf(request.raw, deps.clock),
  });
  return OK;
}

async function lock(deps: StateRouteDeps, { stack, caller, request }: StateRequest): Promise<StateAnswer> {
  return answerLock(await deps.service.lock(stack, caller, parseLockBody(await textOf(request.raw, deps.clock))));
}

async function unlock(deps: StateRouteDeps, { stack, caller, request }: StateRequest): Promise<StateAnswer> {
  return answerUnlock(await deps.service.unlock(stack, caller, parseUnlockBody(await textOf(request.raw, deps.clock))));
}

function lockIdOf(request: FastifyRequest): string | null {
  const id = (request.query as { ID?: unknown }).ID;
  return typeof id === 'string' && id !== '' ? id : null;
}

function tooBusy(): StateAnswer {
  return answerError(new HoldfastError('busy', 'the state backend is starting, stopping or busy; try again'));
}

function finish(deps: StateRouteDeps, request: FastifyRequest, reply: FastifyReply, answer: StateAnswer | null) {
  if (!answer) return reply;
  if (request.raw.complete) return send(reply, answer);
  reply.hijack();
  void answerEarly({ request: request.raw, response: reply.raw }, answer, deps.clock);
  return reply;
}

function send(reply: FastifyReply, answer: StateAnswer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

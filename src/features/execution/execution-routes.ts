import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';
import { AdoptRequest, UnbegunRequest } from './adopt-protocol.ts';
import type { AdoptService } from './adopt-service.ts';
import type { ApplyOutcomeService } from './apply-outcome-service.ts';
import { ApplyOutcomeRequest, ProcessReport } from './apply-protocol.ts';
import type { ClaimService } from './claim-service.ts';
import type { HeartbeatService } from './heartbeat-service.ts';
import type { NextClaims } from './next-claims.ts';
import type { OutcomeService } from './outcome-service.ts';
import type { PackedPlan } from './plan-keeper.ts';
import {
  ClaimRequest,
  HeartbeatRequest,
  HelloRequest,
  type HelloResponse,
  OutcomeRequest,
  PhaseRequest,
} from './protocol.ts';
import { type RunFileDeps, registerRunFileRoutes } from './run-file-routes.ts';
import type { UnbegunClaims } from './unbegun-claims.ts';
import { requireWorkerSecret, workerOf } from './worker-auth.ts';

export interface ExecutionDeps extends RunFileDeps {
  readonly secret: string;
  /** Notes the worker and answers what it must know. */
  readonly hello: (request: HelloRequest) => Promise<HelloResponse>;
  readonly claims: ClaimService;
  readonly next: NextClaims;
  readonly unbegun: UnbegunClaims;
  readonly heartbeats: HeartbeatService;
  readonly adoptions: AdoptService;
  readonly outcomes: OutcomeService;
  /** Reads the bytes of an outcome that is not small. Throws `invalid`, `busy`. */
  readonly readLargeOutcome: (bytes: Buffer) => Promise<LargeOutcome>;
  readonly applyOutcomes: ApplyOutcomeService;
  /**
   * Rings again a moment later: a claim was answered with nothing, and something may be admissible after all. Not at
   * once: the job that asked is still held, and adding its id again would do nothing.
   */
  readonly ringSoon: () => void;
}

/** An outcome that was read elsewhere than on the event loop; of its projection only the summary is in it. */
export interface LargeOutcome {
  readonly outcome: OutcomeRequest;
  readonly packed: PackedPlan | null;
}

/** 5 ms to parse and check. */
const SMALL_OUTCOME = 256 * 1024;
const OUTCOME_LIMIT = 512 * 1024 * 1024;

/** Mounts the job protocol under `/worker/v1`. Every request carries the workers' secret. */
export async function registerExecutionRoutes(app: FastifyInstance, deps: ExecutionDeps): Promise<void> {
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request) => requireWorkerSecret(request.headers.authorization, deps.secret));
      scope.post('/hello', async (request) => deps.hello(parse(HelloRequest, request.body)));
      scope.post('/claims', async (request, reply) => {
        const claim = parse(ClaimRequest, request.body);
        const assignment = await deps.claims.claim(claim);
        if (assignment) return assignment.phase === 'plan' ? deps.files.withSource(assignment) : assignment;
        // An apply that this worker may not have would ring for ever; the sweep rings for the one that may.
        if (claim.slot === 'plan') deps.ringSoon();
        return reply.code(204).send();
      });
      scope.post('/claims/unbegun', async (request, reply) => {
        await deps.unbegun.takeBack(parse(UnbegunRequest, request.body));
        return reply.code(204).send();
      });
      scope.post('/heartbeat', async (request) => deps.heartbeats.beat(parse(HeartbeatRequest, request.body)));
      scope.post('/adopt', async (request) => deps.adoptions.adopt(parse(AdoptRequest, request.body)));
      scope.post('/runs/:run/phase', async (request, reply) => {
        const { attempt } = parse(PhaseRequest, request.body);
        await deps.heartbeats.enterPlanning({ run: runOf(request), attempt }, workerOf(request));
        return reply.code(204).send();
      });
      scope.register(async (raw) => registerOutcomeRoute(raw, deps));
      scope.post('/runs/:run/process', async (request, reply) => {
        await deps.applyReports.noteProcess(runOf(request), parse(ProcessReport, request.body));
        return reply.code(204).send();
      });
      scope.post('/runs/:run/apply-outcome', { bodyLimit: OUTCOME_LIMIT }, async (request) => {
        const outcome = parse(ApplyOutcomeRequest, request.body);
        const run = await deps.applyOutcomes.record(runOf(request), workerOf(request), outcome);
        return { run: run.id, status: run.status };
      });
      registerRunFileRoutes(scope, deps);
    },
    { prefix: '/worker/v1' },
  );
}

/** Parsed here only where it is small: a large one holds up everything else for half a second. */
function registerOutcomeRoute(raw: FastifyInstance, deps: ExecutionDeps): void {
  raw.removeAllContentTypeParsers();
  raw.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  raw.post('/runs/:run/outcome', { bodyLimit: OUTCOME_LIMIT }, async (request) => {
    const bytes = request.body as Buffer;
    const { outcome, packed } =
      bytes.length > SMALL_OUTCOME
        ? await deps.readLargeOutcome(bytes)
        : { outcome: parse(OutcomeRequest, jsonOrNull(bytes)), packed: null };
    const run = await deps.outcomes.record(runOf(request), workerOf(request), outcome, packed ?? undefined);
    return { run: run.id, status: run.status, ...(await deps.next.answer(outcome.next)) };
  });
}

function jsonOrNull(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

/** The value as the schema sees it; `invalid` with every problem where it does not fit. */
function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  throw new HoldfastError('invalid', 'the request does not follow the job protocol', { details: { problems } });
}

function runOf(request: FastifyRequest): string {
  return (request.params as { run: string }).run;
}

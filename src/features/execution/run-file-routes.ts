import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApplyReportService } from './apply-report-service.ts';
import { ArtifactKind } from './protocol.ts';
import type { RunFileService } from './run-file-service.ts';
import type { StrayStateService } from './stray-state-service.ts';
import { workerOf } from './worker-auth.ts';

export interface RunFileDeps {
  readonly files: RunFileService;
  readonly applyReports: ApplyReportService;
  readonly strays: StrayStateService;
}

const CHUNK_LIMIT = 1024 * 1024;
const Query = z.object({
  attempt: z.coerce.number().int().min(1),
  offset: z.coerce.number().int().min(0).default(0),
  /** With an artifact: the version of the engine that made it. */
  engine: z.string().max(100).nullable().default(null),
  /** With a plan: digest of the files that it was made of. */
  tree: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
});

/** Bytes of a run: its source out, its log and artifacts in. The bodies are streams, never parsed. */
export function registerRunFileRoutes(scope: FastifyInstance, deps: RunFileDeps): void {
  scope.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    raw.get('/runs/:run/source', async (request, reply) => {
      const stream = await deps.files.source(refOf(request));
      return reply.type('application/x-tar').send(stream);
    });
    raw.post('/runs/:run/log', async (request, reply) => {
      const { run, attempt, offset } = refOf(request);
      const bytes = await readAll(request.body as Readable, CHUNK_LIMIT);
      const result = await deps.files.appendLog({ run, attempt }, offset, bytes);
      return reply.code(result.ok ? 200 : 409).send({ size: result.size });
    });
    raw.get('/runs/:run/artifacts/:kind', async (request, reply) => {
      const { size, bytes } = await deps.files.hand(refOf(request), handedOut(kindOf(request)));
      return reply.type('application/octet-stream').header('content-length', size).send(bytes);
    });
    raw.put('/runs/:run/errored-state', async (request) => {
      return deps.applyReports.keepErroredState(refOf(request), workerOf(request), request.body as Readable);
    });
    raw.put('/runs/:run/stray-state', async (request) => {
      return deps.strays.keep(refOf(request), workerOf(request), request.body as Readable);
    });
    raw.put('/runs/:run/artifacts/:kind', async (request) => {
      return deps.files.receive(refOf(request), kindOf(request), request.body as Readable);
    });
  });
}

function kindOf(request: FastifyRequest): ArtifactKind {
  const kind = ArtifactKind.safeParse((request.params as { kind: string }).kind);
  if (kind.success) return kind.data;
  throw new HoldfastError('not_found', 'there are artifacts of the kinds plan, workdir and outputs');
}

/** Outputs are for the control plane alone: a run gets those that it has as inputs, and no others. */
function handedOut(kind: ArtifactKind): 'plan' | 'workdir' {
  if (kind !== 'outputs') return kind;
  throw new HoldfastError('not_found', 'outputs are not handed out');
}

function refOf(request: FastifyRequest): { run: string } & z.infer<typeof Query> {
  const query = Query.safeParse(request.query);
  if (!query.success) throw new HoldfastError('invalid', 'attempt and offset must be whole numbers');
  return { run: (request.params as { run: string }).run, ...query.data };
}

async function readAll(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new HoldfastError('too_large', `a piece of log may have ${limit} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

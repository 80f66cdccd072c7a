/** What of an operation is finished here. */
interface Operation {
  readonly responses?: Record<string, object>;
}

/** Routes that anybody may ask. */
const PUBLIC: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz']);
/** Routes that answer text. */
const TEXT: ReadonlySet<string> = new Set(['/', '/runs/{id}', '/metrics', '/api/v1/runs/{id}/log']);
const TEXT_ANSWER = { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } };
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    way_out: { type: 'string' },
  },
};
const ANY_PROBLEM = {
  description: 'What is wrong, and the way out (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/**
 * The document as it is published: without the workers' own protocol, with what every operation answers when it refuses, the
 * operations that need no token and those that answer text marked so. Pure.
 */
export function finishOpenApi(document: {
  readonly paths?: object;
  readonly components?: { schemas?: object };
}): object {
  const paths = Object.entries(document.paths ?? {}).filter(([path]) => !path.startsWith('/worker/'));
  return {
    ...document,
    paths: Object.fromEntries(paths.map(([path, item]) => [path, finishItem(path, item)])),
    components: { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM } },
  };
}

function finishItem(path: string, item: Record<string, Operation>): object {
  const finished = Object.entries(item).map(([method, operation]) => {
    const text = TEXT.has(path) ? { 200: TEXT_ANSWER } : {};
    const responses = { ...operation.responses, ...text, default: ANY_PROBLEM };
    return [method, { ...operation, responses, ...(PUBLIC.has(path) ? { security: [] } : {}) }];
  });
  return Object.fromEntries(finished);
}

import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { OutcomeRequest } from '../features/execution/protocol.ts';
import { excerptOf } from '../features/notifications/plan-excerpt.ts';
import type { OutcomeAnswer } from './outcome-reader.ts';

parentPort?.once('message', (bytes: Uint8Array) => {
  const answer = readOutcome(bytes);
  const packed = answer.kind === 'read' ? answer.packed : null;
  parentPort?.postMessage(answer, packed === null ? [] : [packed.gzip.buffer]);
});

/** All that takes long: JSON, the schema, the excerpt, JSON again, and compressing it. */
function readOutcome(bytes: Uint8Array): OutcomeAnswer {
  const read = OutcomeRequest.safeParse(jsonOrNull(bytes));
  if (!read.success) {
    const problems = read.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }));
    return { kind: 'refused', problems };
  }
  const { projection, ...outcome } = read.data;
  if (projection === null) return { kind: 'read', outcome: { ...outcome, projection }, packed: null };
  const gzip = new Uint8Array(gzipSync(JSON.stringify(projection), { level: 1 }));
  const { summary, left_out } = projection;
  const head = { summary, changes: [], drift: [], outputs: [], left_out };
  return { kind: 'read', outcome: { ...outcome, projection: head }, packed: { gzip, excerpt: excerptOf(projection) } };
}

function jsonOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return null;
  }
}

import { parentPort } from 'node:worker_threads';
import { HoldfastError } from '../../kernel/errors.ts';
import { type Inspected, StateInspection } from './state-inspection.ts';

/** What the thread is asked about the state `id`: here are more of its bytes, that was all, or nobody wants to know any more. */
export type InspectionRequest =
  | { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly last: 'end' | 'drop' };

/** What it answers: bytes were looked at (here is their memory back), all is known, or it is no state. */
export type InspectionAnswer =
  | { readonly id: number; readonly kind: 'seen'; readonly memory: ArrayBuffer }
  | { readonly id: number; readonly kind: 'done'; readonly inspected: Inspected }
  | { readonly id: number; readonly kind: 'refused'; readonly message: string };

const open = new Map<number, StateInspection>();

parentPort?.on('message', (request: InspectionRequest) => {
  const answer = answerTo(request);
  if (answer) parentPort?.postMessage(answer);
  if (!('bytes' in request)) return;
  const seen: InspectionAnswer = { id: request.id, kind: 'seen', memory: request.bytes.buffer };
  parentPort?.postMessage(seen, [seen.memory]);
});

function answerTo(request: InspectionRequest): InspectionAnswer | null {
  const { id } = request;
  try {
    const inspection = open.get(id) ?? new StateInspection();
    if ('bytes' in request) {
      open.set(id, inspection);
      inspection.write(request.bytes);
      return null;
    }
    open.delete(id);
    return request.last === 'end' ? { id, kind: 'done', inspected: inspection.end() } : null;
  } catch (error) {
    // Anything else is a bug: it ends the thread, and with it every question.
    if (!(error instanceof HoldfastError)) throw error;
    return { id, kind: 'refused', message: error.message };
  }
}

import { parentPort } from 'node:worker_threads';
import { parseBlob } from './parse-blob.ts';
import type { BlobKind, ParsedFile } from './parsed-file.ts';
import { loadSyntaxReader } from './syntax-tree.ts';

/** What the thread is asked, and what it answers, in the same order. */
export interface ParseRequest {
  readonly id: number;
  readonly jobs: readonly { readonly kind: BlobKind; readonly bytes: Uint8Array }[];
}
export interface ParseAnswer {
  readonly id: number;
  readonly files: readonly ParsedFile[];
}

const reader = loadSyntaxReader();

parentPort?.on('message', async (request: ParseRequest) => {
  const files: ParsedFile[] = [];
  for (const job of request.jobs) files.push(await parseBlob(await reader, job.kind, job.bytes));
  parentPort?.postMessage({ id: request.id, files } satisfies ParseAnswer);
});

import type { ServerResponse } from 'node:http';
import { releaseBytes } from '../../kernel/release-bytes.ts';
import type { ByteSource } from '../../platform/crypto/byte-reader.ts';

/**
 * Sends chunks as the body of a response whose head is written, and releases each once it is out. Throws where the source
 * does (the response is cut off then: its announced length says so); a reader that went away is none of our trouble.
 */
export async function sendBytes(response: ServerResponse, bytes: ByteSource): Promise<void> {
  try {
    for await (const chunk of bytes) {
      await written(response, chunk);
      if (response.destroyed) return;
      releaseBytes(chunk);
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function written(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(chunk, done);
  });
}

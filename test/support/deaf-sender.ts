import { connect } from 'node:net';
import { ADMIN_TOKEN } from './state-backend.ts';

const PIECE = Buffer.alloc(1024 ** 2, 'x');

/** How a body is sent by one who does not read before all of it is out. */
export interface DeafSend {
  readonly bytes: number;
  /** False: in chunks, whose sum nobody knows. */
  readonly isAnnounced: boolean;
  /** `close`, as many tools do, or `keep-alive`. */
  readonly connection: string;
}

/** Posts a state that never ends well, and reads only then. Rejects where the connection breaks before the answer is there. */
export function sendDeafly(url: string, { bytes, isAnnounced, connection }: DeafSend): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url);
  const begin = `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n`;
  const length = isAnnounced ? `Content-Length: ${bytes}` : 'Transfer-Encoding: chunked';
  const framed = (piece: Buffer) => (isAnnounced ? [piece] : [`${piece.length.toString(16)}\r\n`, piece, '\r\n']);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname).on('error', reject).pause();
    const listen = () => {
      let answer = '';
      socket.on('end', () => reject(new Error(`the connection ended after: ${answer}`)));
      socket.on('data', (chunk) => {
        answer += String(chunk);
        if (!answer.endsWith('}')) return;
        socket.destroy();
        resolve(answer);
      });
      socket.resume();
    };
    let sent = 0;
    const more = (error?: Error | null) => {
      if (error) reject(error);
      else if (sent < bytes) {
        const piece = sent === 0 ? begunState() : PIECE.subarray(0, bytes - sent);
        sent += piece.length;
        for (const part of framed(piece)) socket.write(part, part === piece ? more : undefined);
      } else {
        if (!isAnnounced) socket.write('0\r\n\r\n');
        listen();
      }
    };
    socket.write(`${begin}Authorization: Basic ${btoa(`hf:${ADMIN_TOKEN}`)}\r\n${length}\r\n\r\n`);
    more();
  });
}

function begunState(): Buffer {
  const begin = '{"version":4,"serial":1,"lineage":"huge","resources":["';
  return Buffer.from(begin.padEnd(PIECE.length, 'x'));
}

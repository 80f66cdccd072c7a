import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { withPlace } from './harness/bench-place.ts';
import { atMost, type BenchOptions, type BenchRow, median } from './harness/report.ts';
import { openTinyStacks, pushAndTime } from './harness/tiny-instance.ts';

interface ChatServer {
  readonly url: string;
  close(): void;
}

/** P15: what a chat service that says 429 or 500, or never answers, adds to plans; beside an instance whose chat is well. */
export async function runP15({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const count = isQuick ? 20 : 100;
    const open = async (name: string, chat: ChatServer) =>
      openTinyStacks(join(dir, name), {
        count,
        concurrency: 3,
        channels: [{ name: 'chat', type: 'slack', url: chat.url }],
      });
    const [wellChat, badChat] = [await startChat(sayOk), await startChat(misbehave())];
    const well = await open('well', wellChat);
    const bad = await open('bad', badChat);
    const times = { well: [] as number[], bad: [] as number[] };
    try {
      for (let pair = 0; pair < pairs; pair++) {
        times.well.push(await pushAndTime(well, well.stacks.change()));
        times.bad.push(await pushAndTime(bad, bad.stacks.change()));
      }
      say(`P15: well ${times.well.map(Math.round).join(' ')} ms, bad ${times.bad.map(Math.round).join(' ')} ms`);
    } finally {
      await Promise.all([well.instance.stop(), bad.instance.stop()]);
      for (const chat of [wellChat, badChat]) chat.close();
    }
    const ratio = median(times.bad.map((ms, at) => ms / (times.well[at] ?? Number.NaN)));
    const what = `${count} plans while the chat says 429, 500 or nothing, s; while it is well`;
    const row = { id: 'P15', what, value: median(times.bad) / 1000, baseline: median(times.well) / 1000 };
    return { rows: [atMost(row, ratio, 1.1)] };
  });
}

function sayOk(response: ServerResponse): void {
  response.end('ok');
}

/** In turn: too many, broken, no answer at all. */
function misbehave(): (response: ServerResponse) => void {
  let turn = 0;
  return (response) => {
    const kind = turn++ % 3;
    if (kind === 0) response.writeHead(429, { 'retry-after': '1' }).end();
    else if (kind === 1) response.writeHead(500).end();
  };
}

function startChat(answer: (response: ServerResponse) => void): Promise<ChatServer> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      resolve({
        url: `http://127.0.0.1:${port}/`,
        close() {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}

/** The floor of the state backend: Fastify whose handler only writes one file and fsyncs it (`node … DIR`). */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify from 'fastify';

const dir = process.argv[2] ?? '';
const app = Fastify({ bodyLimit: 64 << 20 });
app.addHttpMethod('LOCK', { hasBody: true }).addHttpMethod('UNLOCK', { hasBody: true });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
let count = 0;
app.route({
  method: ['GET', 'POST', 'LOCK', 'UNLOCK'],
  url: '/state/*',
  handler: async (request, reply) => {
    const file = await open(join(dir, String(count++)), 'wx', 0o600);
    await file.writeFile((request.body as Buffer | undefined) ?? Buffer.alloc(0));
    await file.sync();
    await file.close();
    return reply.send('');
  },
});
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);

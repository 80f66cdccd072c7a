const BLOCK = 512;
const NAME = 100;
const PREFIX = 155;
const LINK = '120000';
const SUBMODULE = '160000';

/**
 * A tree's entry as blocks of a POSIX tar (ustar), as `git archive` writes it: files, links, and submodules as empty
 * directories. `content` is a link's target. null where name or target do not fit into the format.
 */
export function tarEntry(path: string, mode: string, content: Buffer | null): Buffer[] | null {
  const isLink = mode === LINK;
  const isFile = !isLink && mode !== SUBMODULE;
  const name = splitName(isFile || isLink ? path : `${path}/`);
  const target = isLink ? content : Buffer.alloc(0);
  if (name === null || target === null || target.length > NAME || target.includes(0)) return null;
  const bytes = isFile && content ? content : Buffer.alloc(0);
  const header = Buffer.alloc(BLOCK);
  name.name.copy(header, 0);
  header.write(mode === '100755' || !isFile ? '0000775\0' : '0000664\0', 100, 'latin1');
  header.write('0000000\0' + '0000000\0', 108, 'latin1');
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124, 'latin1');
  header.write(`        ${isLink ? '2' : isFile ? '0' : '5'}`, 148, 'latin1');
  target.copy(header, 157);
  header.write('ustar\x0000', 257, 'latin1');
  name.prefix.copy(header, 345);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}

/** What a tar ends with. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** The two fields of a long name, cut at a slash; null where it cannot be cut so that both fit. */
function splitName(path: string): { name: Buffer; prefix: Buffer } | null {
  const bytes = Buffer.from(path);
  if (bytes.includes(0)) return null;
  if (bytes.length <= NAME) return { name: bytes, prefix: Buffer.alloc(0) };
  const cut = bytes.indexOf('/', bytes.length - NAME - 1);
  const isFitting = cut > 0 && cut <= PREFIX && cut < bytes.length - 1;
  return isFitting ? { name: bytes.subarray(cut + 1), prefix: bytes.subarray(0, cut) } : null;
}

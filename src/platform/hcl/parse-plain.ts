import { sha256 } from '../../kernel/digest.ts';
import { type BlobKind, EMPTY_FILE, type ParsedFile } from './parsed-file.ts';

/** The kinds that need no grammar, read at once; null for the others. */
export function parsePlainBlob(kind: BlobKind, bytes: Uint8Array): ParsedFile | null {
  if (kind === 'lock') return { ...EMPTY_FILE, text: sha256(bytes) };
  if (kind !== 'link' && kind !== 'version') return null;
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  return { ...EMPTY_FILE, text: kind === 'link' ? text : (text.split('\n')[0] ?? '').trim() };
}

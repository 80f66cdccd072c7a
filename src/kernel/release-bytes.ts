/** Less is not worth it, and may be a slice of memory that others use. */
const LEAST_BYTES = 16 * 1024;

/**
 * Gives the memory of bytes back at once: they are empty afterwards, so only for their last user. Memory that a state of
 * 10 MB leaves to the garbage collector costs two collections of the whole heap, more than sealing it. What shares its
 * memory is left alone.
 */
export function releaseBytes(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.length < LEAST_BYTES || buffer.byteLength !== bytes.length || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}

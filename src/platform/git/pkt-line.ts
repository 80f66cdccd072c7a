/** One packet of Git's wire format: its payload, or a marker. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'end';

const MARKERS: Readonly<Record<number, Packet>> = { 0: 'flush', 1: 'delimiter', 2: 'end' };

/** Frames a line for the wire. */
export function packet(line: string): string {
  return (Buffer.byteLength(line) + 4).toString(16).padStart(4, '0') + line;
}

/** Cuts a stream into packets, whatever the chunk borders. Throws where the bytes are no packets. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The packets completed by this chunk. */
  push(chunk: Uint8Array): Packet[] {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk);
    const packets: Packet[] = [];
    while (data.length >= 4) {
      const head = data.toString('latin1', 0, 4);
      if (!/^[0-9a-fA-F]{4}$/.test(head)) throw new Error('not a packet');
      const length = Number.parseInt(head, 16);
      const marker = MARKERS[length];
      if (marker === undefined && length < 4) throw new Error('not a packet');
      if (marker === undefined && data.length < length) break;
      packets.push(marker ?? data.subarray(4, length));
      data = data.subarray(marker === undefined ? length : 4);
    }
    this.#rest = data;
    return packets;
  }
}

/** `sha name` of a ref line of either protocol version, or null. Capabilities after NUL and attributes are left out. */
export function parseRefLine(payload: Buffer): { readonly sha: string; readonly name: string } | null {
  const line = payload.toString('utf8').split('\0')[0] ?? '';
  const match = /^([0-9a-f]{40}|[0-9a-f]{64}) (\S+)/.exec(line.trimEnd());
  return match ? { sha: match[1] ?? '', name: match[2] ?? '' } : null;
}

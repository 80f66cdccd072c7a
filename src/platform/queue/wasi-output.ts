import { syncBuiltinESMExports } from 'node:module';
import wasi, { WASI } from 'node:wasi';

const SUCCESS = 0;

/**
 * Hands what WebAssembly programs of this thread print to `print`. Node's WASI writes to the process's own stdout, past
 * the thread's, and the package that makes the WASI object takes no other: so the class itself is replaced, here only.
 */
export function captureWasiOutput(print: (text: string) => void): void {
  class PrintingWasi extends WASI {
    #instance: object | null = null;

    constructor(options: ConstructorParameters<typeof WASI>[0]) {
      super(options);
      const imports = this.wasiImport as Record<string, unknown>;
      imports.fd_write = (_fd: number, iovs: number, count: number, written: number) => {
        const { exports } = this.#instance as { exports: { memory: WebAssemblyMemory } };
        const memory = Buffer.from(exports.memory.buffer);
        let size = 0;
        for (let i = 0; i < count; i++) {
          const start = memory.readUInt32LE(iovs + i * 8);
          const length = memory.readUInt32LE(iovs + i * 8 + 4);
          print(memory.toString('utf8', start, start + length));
          size += length;
        }
        memory.writeUInt32LE(size, written);
        return SUCCESS;
      };
    }

    override initialize(instance: object): void {
      this.#instance = instance;
      super.initialize(instance);
    }
  }
  wasi.WASI = PrintingWasi;
  syncBuiltinESMExports();
}

interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

import type { ConfiguredStack, ReadRepositoryConfig } from '../stacks/index.ts';

const MARK = Buffer.from('\0holdfast: synthesised\n');

/** A holdfast.yaml with the synthesised stacks before it; no YAML of a repository begins with a NUL. */
export function overlaidConfig(stacks: readonly ConfiguredStack[], original: Uint8Array | null): Buffer {
  const parts = [MARK, Buffer.from(`${JSON.stringify(stacks)}\n`)];
  return Buffer.concat(original === null ? parts : [...parts, Buffer.from('\0'), original]);
}

/** Reads both kinds: the original keeps its lines, its apps make room for their stacks. */
export function overlaidReader(read: ReadRepositoryConfig): ReadRepositoryConfig {
  return async (bytes) => {
    const found = bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!found?.subarray(0, MARK.length).equals(MARK)) return read(bytes);
    const end = found.indexOf(10, MARK.length);
    const stacks = JSON.parse(found.toString('utf8', MARK.length, end)) as ConfiguredStack[];
    const { config, faults } = await read(found[end + 1] === 0 ? found.subarray(end + 2) : null);
    const others = config.stacks.filter(({ cdktf }) => cdktf === null);
    return { config: { ...config, stacks: [...others, ...stacks] }, faults };
  };
}

import { stringify } from 'yaml';
import type { HoldfastDraft } from './convert-atlantis.ts';

/** The text of a holdfast.yaml. `from`: the file it was made from. */
export function writeHoldfast({ discover, stacks }: HoldfastDraft, from: string): string {
  const name =
    from
      .split('/')
      .at(-1)
      ?.replace(/[\p{Cc}\p{Cf}]/gu, '') ?? '';
  const head = [
    '# yaml-language-server: $schema=./node_modules/holdfast/schemas/holdfast.schema.json',
    `# Made from ${name} by \`holdfast import atlantis\`. Check it with \`holdfast validate .\`.`,
  ];
  const body = stringify({ version: 1, discover, ...(stacks.length === 0 ? {} : { stacks }) }, { lineWidth: 120 });
  return `${head.join('\n')}\n${body}`;
}

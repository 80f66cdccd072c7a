import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'version',
  summary: 'Which version this is',
  description: 'Prints the version of Holdfast and of the Node it runs on.',
  needsServer: false,
  arguments: [],
  options: [],
  examples: [
    ['holdfast version', ''],
    ['holdfast version --json | jq -r .version', 'the version alone'],
  ],
  async run({ deps }) {
    const { version } = deps;
    const node = process.version;
    const platform = `${process.platform}-${process.arch}`;
    return {
      exit: 0,
      json: { version, node, platform },
      text: () => `holdfast ${version} (node ${node}, ${platform})\n`,
    };
  },
};

import { catalogue } from '../catalogue.ts';
import type { CommandDefinition } from '../command.ts';
import { type CompletionCommand, renderCompletion, SHELLS, type Shell } from '../completion.ts';

export const command: CommandDefinition = {
  name: 'completion',
  summary: 'A completion script for your shell',
  description: 'Prints a script that completes commands and options. Load it from the start-up file of your shell.',
  needsServer: false,
  arguments: [{ syntax: '<shell>', text: 'your shell', choices: SHELLS }],
  options: [],
  examples: [
    ['source <(holdfast completion bash)', 'in ~/.bashrc'],
    ['source <(holdfast completion zsh)', 'in ~/.zshrc, after compinit'],
    ['holdfast completion fish > ~/.config/fish/completions/holdfast.fish', ''],
  ],
  async run(_context, { args: [shell = ''] }) {
    const definitions = await Promise.all(catalogue.map((entry) => entry.load()));
    const commands = definitions.map((definition) => toCompletion(definition));
    const script = renderCompletion(shell as Shell, commands);
    return { exit: 0, json: { shell, script }, text: () => script };
  },
};

function toCompletion({ name, summary, options, needsServer, arguments: args }: CommandDefinition): CompletionCommand {
  const own = options.filter(({ hidden }) => hidden !== true).map(({ flags, text }) => ({ flags, text }));
  const server = needsServer
    ? [
        { flags: '--server <url>', text: 'the instance to talk to' },
        { flags: '--token <token>', text: 'the token to talk with' },
      ]
    : [];
  const common = [
    { flags: '--config <file>', text: 'server.yaml to read' },
    { flags: '--json', text: 'print one JSON document' },
    { flags: '-h, --help', text: 'print help' },
  ];
  return { name, summary, options: [...own, ...server, ...common], words: args.flatMap((arg) => arg.choices ?? []) };
}

import type { CommandDefinition } from '../command.ts';
import { renderCompletion, SHELLS, type Shell } from '../completion.ts';

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
  async run(context, { args: [shell = ''] }) {
    const script = renderCompletion(shell as Shell, await context.completions());
    return { exit: 0, json: { shell, script }, text: () => script };
  },
};

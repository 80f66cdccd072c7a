import { catalogue } from './catalogue.ts';
import type { CommandDefinition } from './command.ts';
import type { CompletionCommand } from './completion.ts';

/** Every command with its options, hidden ones left out. Loads the definitions of all. */
export async function listCompletions(): Promise<CompletionCommand[]> {
  const definitions = await Promise.all(catalogue.map((entry) => entry.load()));
  return definitions.map((definition) => toCompletion(definition));
}

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

import { Argument, Command, Option } from 'commander';
import type { CatalogueEntry } from './catalogue.ts';
import type { CommandDefinition, CommandInput } from './command.ts';

/** A command as the user called it. */
export interface Invocation {
  readonly definition: CommandDefinition;
  readonly input: CommandInput;
}

export interface ProgramOptions {
  readonly catalogue: readonly CatalogueEntry[];
  /** Definitions of the commands that the command line names; the others are only listed. */
  readonly definitions: ReadonlyMap<string, CommandDefinition>;
  readonly version: string;
  readonly width: number;
  writeOut(text: string): void;
  writeErr(text: string): void;
  onInvoke(invocation: Invocation): void;
}

const ABOUT = 'Holdfast keeps Terraform, OpenTofu and CDKTF infrastructure true to Git.';
const AFTER = `
Start here:
  holdfast demo                 see a commit become a plan, with nothing set up
  holdfast init && holdfast up  watch a repository of your own

Each command says more: holdfast help plan`;

/** Commander's program for one call. It throws a `CommanderError` for wrong usage and after help; it never exits. */
export function buildProgram(options: ProgramOptions): Command {
  const program = new Command('holdfast')
    .description(ABOUT)
    .usage('<command> [options]')
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpCommand(new Command('help').argument('[command]').summary('Help for a command').helpGroup('More:'))
    .addHelpText('after', AFTER)
    .exitOverride()
    .configureOutput({
      writeOut: options.writeOut,
      writeErr: options.writeErr,
      getOutHelpWidth: () => options.width,
      getErrHelpWidth: () => options.width,
    })
    .configureHelp({ showGlobalOptions: true });
  program.addOption(new Option('--config <file>', 'server.yaml to read (default: server.yaml, or HOLDFAST_CONFIG)'));
  program.addOption(new Option('--json', 'print one JSON document on stdout and nothing else there'));
  program.addOption(
    new Option('--server <url>', 'the instance to talk to (default: HOLDFAST_SERVER, else the local one)'),
  );
  program.addOption(
    new Option('--token <token>', 'the token to talk with (default: HOLDFAST_TOKEN, else the local one)'),
  );
  for (const entry of options.catalogue) {
    const definition = options.definitions.get(entry.name);
    const command = program.command(entry.name).summary(entry.summary).helpGroup(`${entry.group}:`);
    if (definition !== undefined) describe(command, definition, options.onInvoke);
  }
  return program;
}

function describe(command: Command, definition: CommandDefinition, onInvoke: ProgramOptions['onInvoke']): void {
  command.description(definition.description).helpOption('-h, --help', 'print help');
  for (const { syntax, text, choices } of definition.arguments) {
    const argument = new Argument(syntax, text);
    command.addArgument(choices === undefined ? argument : argument.choices([...choices]));
  }
  for (const { flags, text, required, hidden, default: value, conflicts } of definition.options) {
    const option = new Option(flags, text);
    if (required === true) option.makeOptionMandatory();
    if (hidden === true) option.hideHelp();
    if (value !== undefined) option.default(value);
    if (conflicts !== undefined) option.conflicts([...conflicts]);
    command.addOption(option);
  }
  command.configureHelp({
    showGlobalOptions: true,
    visibleGlobalOptions: (cmd) => {
      const all = cmd.parent?.options ?? [];
      const hidden = definition.needsServer ? ['version'] : ['version', 'server', 'token'];
      return all.filter((option) => !hidden.includes(option.attributeName()));
    },
  });
  command.addHelpText('after', () => afterHelp(definition));
  command.action((...all: unknown[]) => {
    // A list of words (`[words...]`) comes as one argument.
    const args = all.slice(0, definition.arguments.length).flat() as CommandInput['args'];
    const { rawArgs = [] } = command.parent as { rawArgs?: string[] };
    const dashes = rawArgs.indexOf('--');
    const literals = dashes === -1 ? 0 : rawArgs.length - dashes - 1;
    onInvoke({ definition, input: { args, options: command.opts(), literals } });
  });
}

/** Examples and exit codes, as they stand at the end of a command's help. */
function afterHelp(definition: CommandDefinition): string {
  const width = Math.max(0, ...definition.examples.map(([command]) => command.length));
  const examples = definition.examples.map(([command, does]) => `  ${command.padEnd(width)}  ${does}`.trimEnd());
  const exits = definition.exits === undefined ? [] : ['', `Exit code: ${definition.exits}`];
  return ['', 'Examples:', ...examples, ...exits].join('\n');
}

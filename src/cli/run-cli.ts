import { CommanderError } from 'commander';
import { HoldfastError } from '../kernel/errors.ts';
import { buildProgram, type Invocation } from './build-program.ts';
import { type CatalogueEntry, catalogue } from './catalogue.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { createContext } from './create-context.ts';
import type { CliDeps } from './deps.ts';
import { type GlobalOptions, wantsJson } from './global-options.ts';
import { createOutput, type Output } from './output.ts';
import { errorDocument, renderError } from './render-error.ts';

/** Lines of prose longer than this are hard to read, however wide the terminal. */
const HELP_WIDTH = 100;

/** Runs one command line (without node and script) to its end and gives its exit code. Never throws, never exits. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  const json = wantsJson(argv);
  const { stdout, stderr, env } = deps;
  const output = createOutput({ json, stdout, stderr, env, now: () => deps.clock.now() });
  try {
    const parsed = await parse(argv, deps, output);
    if (typeof parsed === 'number') return parsed;
    return await act(parsed.invocation, createContext(deps, parsed.globals, output));
  } catch (error) {
    output.result({ json: errorDocument(error), text: () => '' });
    if (!json) stderr.write(renderError(error, output.errPaint));
    return 1;
  }
}

async function act({ definition, input }: Invocation, context: CommandContext): Promise<number> {
  for (const name of ['server', 'token'] as const) {
    if (definition.needsServer || context.globals[name] === undefined) continue;
    throw new HoldfastError('invalid', `holdfast ${definition.name} talks to no running instance: leave out --${name}`);
  }
  const result = await definition.run(context, input);
  context.output.result(result);
  return result.exit;
}

/** What was called, or an exit code where commander has answered by itself (help, version). Wrong usage throws. */
async function parse(argv: readonly string[], deps: CliDeps, output: Output) {
  const called: Invocation[] = [];
  const said = { out: '', err: '' };
  const program = buildProgram({
    catalogue,
    definitions: await loadNamed(argv, catalogue),
    version: deps.version,
    width: Math.min(deps.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
    writeOut: (text) => {
      said.out += text;
    },
    writeErr: (text) => {
      said.err += text;
    },
    onInvoke: (invocation) => called.push(invocation),
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return answerUsage(error, said, output, catalogue.find(({ name }) => argv.includes(name))?.name ?? null);
  }
  const [invocation] = called;
  if (invocation === undefined) throw new HoldfastError('internal', 'no command was called');
  const options = program.opts<Partial<GlobalOptions>>();
  const { config, server, token } = options;
  return { invocation, globals: { config, server, token, json: output.json } };
}

function answerUsage(
  error: CommanderError,
  said: { out: string; err: string },
  output: Output,
  name: string | null,
): number {
  if (error.exitCode === 0) {
    output.result({ json: { text: said.out }, text: () => said.out });
    return 0;
  }
  // Without a command commander shows the help: on stderr, for it is no result.
  const message = error.code === 'commander.help' ? 'no command was given' : error.message.replace(/^error: /, '');
  const wayOut = `see: holdfast help${name === null ? '' : ` ${name}`}`;
  if (output.json) {
    throw new HoldfastError('invalid', message.replace(/\n/g, ' '), { treatment: { kind: 'human', wayOut } });
  }
  output.say(error.code === 'commander.help' ? said.err.trimEnd() : `${said.err.trimEnd()}\n  ${wayOut}`);
  return 1;
}

/** Definitions of all commands named anywhere on the command line (`holdfast help plan` names one, too). */
async function loadNamed(argv: readonly string[], all: readonly CatalogueEntry[]) {
  const named = all.filter((entry) => argv.includes(entry.name));
  const loaded = await Promise.all(named.map((entry) => entry.load()));
  return new Map<string, CommandDefinition>(loaded.map((definition) => [definition.name, definition]));
}

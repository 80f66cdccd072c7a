export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell needs to know of a command. */
export interface CompletionCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flags: string; readonly text: string }[];
  /** Fixed words its arguments may be. */
  readonly words: readonly string[];
}

/** A script for one shell. Names and texts come from this program alone. */
export function renderCompletion(shell: Shell, commands: readonly CompletionCommand[]): string {
  if (shell === 'bash') return bash(commands);
  return shell === 'zsh' ? zsh(commands) : fish(commands);
}

function bash(commands: readonly CompletionCommand[]): string {
  const cases = commands.map(
    (command) => `    ${command.name}) words="${[...flagsOf(command), ...command.words].join(' ')}" ;;`,
  );
  return `# bash completion of holdfast
_holdfast() {
  local cur prev words="" word i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$prev" in --config|--repo) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) ;; *) word="\${COMP_WORDS[i]}"; break ;; esac
  done
  case "$word" in
${cases.join('\n')}
    *) words="${commands.map(({ name }) => name).join(' ')} help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _holdfast holdfast
`;
}

function zsh(commands: readonly CompletionCommand[]): string {
  const list = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join('\n');
  const cases = commands.map(
    (command) => `    ${command.name}) compadd -- ${[...flagsOf(command), ...command.words].join(' ')}; _files ;;`,
  );
  return `#compdef holdfast
# zsh completion of holdfast
_holdfast() {
  local -a commands
  commands=(
${list}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "\${words[2]}" in
${cases.join('\n')}
  esac
}
compdef _holdfast holdfast
`;
}

function fish(commands: readonly CompletionCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const top = commands.map(
    ({ name, summary }) =>
      `complete -c holdfast -f -n 'not __fish_seen_subcommand_from ${names}' -a ${name} -d ${quote(summary)}`,
  );
  const rest = commands.flatMap(({ name, options, words }) => [
    ...options.map(({ flags, text }) => {
      const short = /^-(\w),/.exec(flags)?.[1];
      const long = /--([\w-]+)/.exec(flags)?.[1] ?? '';
      const takes = flags.includes('<') ? ' -r' : '';
      const seen = quote(`__fish_seen_subcommand_from ${name}`);
      return `complete -c holdfast -n ${seen}${short === undefined ? '' : ` -s ${short}`} -l ${long}${takes} -d ${quote(text)}`;
    }),
    ...words.map((word) => `complete -c holdfast -f -n ${quote(`__fish_seen_subcommand_from ${name}`)} -a ${word}`),
  ]);
  return `# fish completion of holdfast\n${[...top, ...rest].join('\n')}\n`;
}

function flagsOf(command: CompletionCommand): string[] {
  return command.options.flatMap(({ flags }) => flags.match(/(?<![\w-])--?[\w-]+/g) ?? []);
}

/** Single quotes, as all three shells take them. */
function quote(text: string): string {
  return `'${text.replace(/'/g, '’')}'`;
}

import { cleanBlock } from '../../api/text/clean.ts';
import type { CommandDefinition } from '../command.ts';
import { printed } from '../command-result.ts';
import { readLog } from '../read-log.ts';

export const command: CommandDefinition = {
  name: 'logs',
  summary: 'The log of a run',
  description:
    'Prints what the engine said, as far as it is kept. With --follow it goes on until the run is at rest. On a ' +
    'terminal control characters are made visible; into a pipe or a file the log goes as it is.',
  needsServer: true,
  arguments: [{ syntax: '<id>', text: 'id of the run' }],
  options: [{ flags: '-f, --follow', text: 'go on until the run is at rest' }],
  examples: [
    ['holdfast logs 01k9zq4t7c8e2m5r', 'what is there'],
    ['holdfast logs -f 01k9zq4t7c8e2m5r', 'while it plans'],
  ],
  async run(context, { args: [id = ''], options }) {
    const { output } = context;
    const decoder = new TextDecoder();
    const texts: string[] = [];
    for await (const chunk of readLog(context, id, options.follow === true)) {
      if (output.json) texts.push(decoder.decode(chunk, { stream: true }));
      else if (output.isTerminal) output.raw(cleanBlock(decoder.decode(chunk, { stream: true })));
      else output.raw(chunk);
      if (output.gone.aborted) break;
    }
    if (!output.json) return printed(0);
    return { exit: 0, json: { run: id, log: texts.join('') + decoder.decode() }, text: () => '' };
  },
};

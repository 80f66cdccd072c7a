import { ChannelTest } from '../../api/contract.ts';
import { clean } from '../../api/text/clean.ts';
import { plainPaint } from '../../api/text/paint.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'notify',
  summary: 'Send a channel one sample of each event',
  description:
    'Sends a channel of server.yaml one sample of each event, whatever events and stacks it is for, so that you see that ' +
    'it works and how it looks. The samples are about a stack called sample/network. A chat that takes one message a ' +
    'second makes it take a quarter of a minute.',
  needsServer: true,
  arguments: [
    { syntax: '<action>', text: 'what to do', choices: ['test'] },
    { syntax: '<channel>', text: 'the name of a channel' },
  ],
  options: [],
  examples: [['holdfast notify test ops', 'one message per event in the channel ops']],
  exits: '0 all were taken, 1 not.',
  async run(context, { args: [, channel = ''] }) {
    const path = `/api/v1/channels/${encodeURIComponent(channel)}/test`;
    const { body, value } = await (await context.api()).post(path, {}, ChannelTest);
    const isFine = value.samples.every(({ delivered }) => delivered);
    return {
      exit: isFine ? 0 : 1,
      json: body,
      text: ({ paint = plainPaint }) =>
        value.samples
          .map(({ event, delivered, error }) => {
            const verdict = delivered ? paint.good('taken') : `${paint.bad('not taken')}: ${clean(error ?? '')}`;
            return `${event.padEnd(18)} ${verdict}\n`;
          })
          .join(''),
    };
  },
};

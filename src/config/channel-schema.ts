import { z } from 'zod';
import { EVENT_TYPES } from './event-types.ts';
import { flag, oneOf, secretText } from './fields.ts';
import { entryName, globs } from './server-fields.ts';

const EXPECTS_URL = 'an http or https URL';

function wrongUrl(value: string): string | null {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? null : `must be ${EXPECTS_URL}`;
}

/** One entry of server.yaml's `channels`. */
export const channelSchema = z.strictObject({
  name: entryName(),
  type: oneOf(['slack', 'teams', 'discord', 'mattermost', 'google_chat', 'webhook']),
  url: secretText(EXPECTS_URL, wrongUrl).describe(
    'Whoever knows a chat webhook address may post there: keep it secret.',
  ),
  secret: secretText('a signing key').optional().describe('`webhook` only: Standard Webhooks signing key.'),
  events: z.array(oneOf(EVENT_TYPES)).optional().describe('Default: all but apply.started.'),
  stacks: globs().describe('Globs over stack names.'),
  group: flag().default(true).describe('Many stacks of one push become one message; `webhook` never groups.'),
});

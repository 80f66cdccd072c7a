import { z } from 'zod';
import { flag, httpUrl, oneOf, secretText, text } from './fields.ts';
import { entryName, globs } from './server-fields.ts';

/** What a token or a group of people may do, least first. */
const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const role = oneOf(ROLES).describe(
  'viewer; operator: plan, drift, cancel a plan, discard; approver: approve, retry, cancel an apply; admin.',
);

/** server.yaml's `access`. */
export const accessSchema = z.strictObject({
  local_token: flag().default(true).describe('Keep an admin token for this host in data_dir/admin.token.'),
  tokens: z
    .array(
      z.strictObject({
        name: entryName(),
        role,
        stacks: globs(),
        secret: secretText('a secret of at least 16 characters'),
      }),
    )
    .max(1000)
    .default([]),
  oidc: z
    .strictObject({
      issuer: httpUrl(),
      client_id: text(),
      client_secret: secretText('the client secret'),
      roles: z.record(z.string().min(1), role).default({}).describe('Group name to role.'),
    })
    .optional(),
});

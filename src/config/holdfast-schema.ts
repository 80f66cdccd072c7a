import { z } from 'zod';
import { checkedText, duration, flag, oneOf, text } from './fields.ts';
import { globFault } from './glob-fault.ts';
import { pathFault } from './repository-paths.ts';
import { FACTS } from './schema-facts.ts';
import { stackNameFault } from './stack-name.ts';
import { repositoryVariableFault } from './variable-names.ts';

/** Discovery's ignored directories, unless holdfast.yaml says otherwise. */
const DEFAULT_IGNORE = ['**/.terraform/**', '**/examples/**'] as const;

const stackName = () => checkedText("a stack's name", stackNameFault);
const path = () => checkedText('a path relative to `dir`', pathFault);
const glob = () => checkedText('a glob', globFault);

const identifier = () => {
  const expects = 'a variable name of Terraform: letters, digits, `_` and `-`';
  return checkedText(expects, (value) => (/^[A-Za-z_][A-Za-z0-9_-]{0,199}$/.test(value) ? null : `must be ${expects}`));
};

const variable = checkedText('a variable name', repositoryVariableFault);

const engineVersion = () => {
  const expects = 'a version such as 1.11.4';
  return checkedText(expects, (value) => {
    if (/^\d{1,4}\.\d{1,4}\.\d{1,4}(-[0-9A-Za-z.-]{1,40})?$/.test(value)) return null;
    return [`must be ${expects}`, 'ranges belong into `required_version` of the configuration'];
  });
};

const workspace = () => {
  const expects = "a workspace's name of letters, digits, `.`, `_` and `-`";
  return checkedText(expects, (value) =>
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,89}$/.test(value) ? null : `must be ${expects}`,
  );
};

const expiry = z.iso.date({ error: 'must be a date such as 2027-01-31' }).register(FACTS, {
  expects: 'a date such as 2027-01-31',
});

const ignoreRule = z.strictObject({
  address: text('a resource address or a glob over addresses', 1024),
  attributes: z.array(text('an attribute', 1024)).max(1000).default([]).describe('Default: the whole resource.'),
  reason: text('why it is ignored', 1000).describe('Required: who reads it later must understand it.'),
  expires: expiry.optional().describe('The first day on which it no longer holds.'),
});

/** One entry of `stacks`. */
export const stackSchema = z.strictObject({
  name: stackName().optional().describe('Default: stack_prefix + the directory.'),
  dir: checkedText('a directory relative to the repository', pathFault).describe('Directory of the root module.'),
  engine: oneOf(['terraform', 'opentofu']).optional(),
  engine_version: engineVersion()
    .optional()
    .describe('Default: required_version, .terraform-version or .opentofu-version, else what is on PATH.'),
  workspace: workspace().default('default'),
  var_files: z.array(path()).max(1000).default([]).describe('Relative to dir; may leave it, not the repository.'),
  env: z.record(variable, z.string().max(65_536)).default({}).describe('No secrets: those belong into server.yaml.'),
  when_modified: z.array(glob()).max(1000).default([]).describe('Relative to dir, on top of what is found.'),
  depends_on: z.array(stackName()).max(1000).default([]).describe('Stacks that go first.'),
  wait_for_dependencies: oneOf(['applied', 'none'])
    .default('applied')
    .describe('none: plan at once against current outputs, marked provisional.'),
  inputs: z
    .record(identifier(), z.strictObject({ stack: stackName(), output: identifier() }))
    .default({})
    .describe('Outputs of other stacks, as TF_VAR_<name>.'),
  apply: oneOf(['manual', 'auto']).default('manual').describe('auto needs allow.auto_apply in server.yaml.'),
  drift: z
    .strictObject({
      every: duration('1m').optional(),
      remediate: flag().default(false),
      ignore: z.array(ignoreRule).max(1000).default([]),
    })
    .optional(),
  cdktf: z
    .strictObject({ command: text('a command', 4096) })
    .optional()
    .describe('A CDKTF app; its stacks become <name>/<stack>.'),
});

/** Whether and where stacks are looked for. */
export const discoverSchema = z
  .strictObject({
    enabled: flag().default(true),
    ignore: z
      .array(glob())
      .max(1000)
      .default([...DEFAULT_IGNORE])
      .describe('Globs over directories.'),
  })
  .prefault({})
  .describe('Whether and where stacks are looked for.');

/** The whole of holdfast.yaml as it is written. Nothing in it is read from environment or files: it is a stranger's. */
export const holdfastSchema = z.strictObject({
  version: z.literal(1).default(1).describe('Version of this file format.'),
  discover: discoverSchema,
  stacks: z.array(stackSchema).max(10_000).default([]).describe('Stacks that need more than discovery finds.'),
});

/** holdfast.yaml after zod. */
export type ParsedHoldfast = z.output<typeof holdfastSchema>;

import { z } from 'zod';
import { flag, oneOf, text, whole } from '../fields.ts';

const names = z.array(text('a name')).max(10_000);

const autoplan = z.looseObject({
  enabled: flag().optional(),
  when_modified: z.array(text('a pattern')).max(10_000).optional(),
});

const project = z.looseObject({
  name: text('a name').optional(),
  dir: text('a directory of the repository', 1024),
  workspace: z.string().optional(),
  workflow: text('a workflow').optional(),
  terraform_distribution: oneOf(['terraform', 'opentofu']).optional(),
  // `1.10` is a number in YAML; what was written is read from the source.
  terraform_version: z.unknown().optional(),
  autoplan: autoplan.optional(),
  depends_on: names.optional(),
  execution_order_group: whole(-1_000_000, 1_000_000).optional(),
  glob_file_match: names.optional(),
});

const autodiscover = z.looseObject({
  mode: oneOf(['auto', 'enabled', 'disabled']).optional(),
  ignore_paths: names.optional(),
});

const stage = z.looseObject({ steps: z.array(z.unknown()).max(1000).optional() }).nullable();
const workflows = z.record(text('a name'), z.looseObject({ plan: stage.optional(), apply: stage.optional() }));

/** atlantis.yaml, versions 2 and 3, as far as something follows from it; other keys are let through to be told of. */
export const atlantisSchema = z.looseObject({
  version: z.literal([2, 3]),
  projects: z.array(project).max(10_000).nullish(),
  workflows: workflows.nullish(),
  autodiscover: autodiscover.optional(),
});

/** The server side's repos.yaml, as far as something follows from it. */
export const reposSchema = z.looseObject({
  repos: z
    .array(
      z.looseObject({
        id: text('a repository, or a regular expression between slashes'),
        workflow: text('a workflow').optional(),
        autodiscover: autodiscover.optional(),
      }),
    )
    .max(10_000)
    .nullish(),
  workflows: workflows.nullish(),
});

/** A project of atlantis.yaml. */
export type AtlantisProject = z.output<typeof project>;
/** Workflows by name. */
export type AtlantisWorkflows = z.output<typeof workflows>;
export type Atlantis = z.output<typeof atlantisSchema>;
export type AtlantisRepos = z.output<typeof reposSchema>;
/** Which directories Atlantis takes for projects by itself. */
export type Autodiscover = z.output<typeof autodiscover>;

import { canonicalJson, sha256 } from '../../kernel/digest.ts';
import type { TreeEntry } from '../../platform/git/git-objects.ts';
import type { ConfiguredStack } from '../stacks/index.ts';
import { below, OUTPUT } from './cdktf-app.ts';
import type { SynthesisedStack } from './synth-store.ts';

/** The synthesised stacks of one app, as they lie over a commit. */
export interface AppLayer {
  readonly dir: string;
  readonly stacks: readonly LaidStack[];
}

/** One synthesised stack over a commit. */
export interface LaidStack {
  readonly settings: ConfiguredStack;
  readonly entries: readonly TreeEntry[];
  /** Digest of its tar. */
  readonly tar: string;
  readonly problem: string | null;
}

/** Lays a synthesis over a commit: its files at cdktf's own place, its stacks as entries `<app>/<stack>`. Pure. */
export function layerOf(app: ConfiguredStack, stacks: readonly SynthesisedStack[]): AppLayer {
  return {
    dir: app.dir,
    stacks: stacks.map((stack) => {
      const dir = below(app.dir, `${OUTPUT}/${stack.dir}`);
      const depends_on = [...app.depends_on, ...stack.depends_on.map((name) => `${app.name}/${name}`)];
      return {
        settings: {
          ...app,
          name: `${app.name}/${stack.name}`,
          dir,
          depends_on,
          when_modified: [],
          var_files: [],
          cdktf: null,
        },
        entries: stack.files.map(({ path, sha }) => ({
          path: `${dir}/${path}`,
          mode: '100644',
          sha: virtualSha(stack.digest, path, sha),
        })),
        tar: stack.digest,
        problem: stack.problem,
      };
    }),
  };
}

/** Never an object of git: the same bytes in a repository are found there, these in their tar. */
function virtualSha(tar: string, path: string, sha: string): string {
  return sha256(`${tar}\0${path}\0${sha}`).slice(0, 40);
}

/** Everything of layers that a graph depends on. */
export function layersDigest(layers: readonly AppLayer[]): string {
  return sha256(
    canonicalJson(layers.map(({ stacks }) => stacks.map(({ settings, entries }) => [settings, entries]))),
  ).slice(0, 16);
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import type { MemoryFiles } from '../../../test/support/memory-objects.ts';
import { makeStackLab, showReason } from '../../../test/support/stack-fixtures.ts';

const lab = makeStackLab({ selfUrls: ['https://git.example.com/acme/infra.git'] });
afterAll(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const GIT = 'git::ssh://git@git.example.com/acme/infra.git';
const call = (source: string) => `module "m" {\n  source = ${source}\n}\n`;

/** Stacks and reasons when one path changes. */
async function touched(files: MemoryFiles, path: string): Promise<string[]> {
  const old = files[path];
  const after = { ...files, [path]: `${typeof old === 'string' ? old : ''}# changed\n` };
  const changed = await lab.changed(files, after);
  return changed.map(({ name, reasons }) => `${name}: ${reasons.map(showReason).join('; ')}`);
}

describe('a module fetched by git from the same repository', () => {
  const files = {
    's/main.tf': call(`"${GIT}//modules/net"`),
    'pinned/main.tf': call(`"${GIT}//modules/net?ref=v1.2.3"`),
    'modules/net/x.tf': `${call('"../base"')}resource "terraform_data" "a" {\n  input = file("\${path.module}/a.json")\n}\n`,
    'modules/net/a.json': '',
    'modules/base/x.tf': PLAIN,
  };

  it('touches with its files, what they read and the modules they call, and the reason says how', async () => {
    const way = 'modules/net, s/main.tf:1 fetches it by git';
    expect(await touched(files, 'modules/net/x.tf')).toEqual([`s: module modules/net/x.tf (${way})`]);
    expect(await touched(files, 'modules/base/x.tf')).toEqual([`s: module modules/base/x.tf (modules/base, ${way})`]);
    expect(await touched(files, 'modules/net/a.json')).toEqual([
      `s: path modules/net/a.json (modules/net/x.tf:5, ${way})`,
    ]);
    expect(await touched(files, 'modules/net/README.md')).toEqual([]);
  });

  it('is no stack, wherever it lies, and its caller is not proven', async () => {
    const { graph } = await lab.load({ 's/main.tf': call(`"${GIT}//lib/net?ref=v1.0.0"`), 'lib/net/x.tf': PLAIN });
    expect([...graph.stacks.keys()]).toEqual(['s']);
    expect(graph.stacks.get('s')?.doubts).toEqual(['s/main.tf:1: module "m" is fetched by git']);
  });
});

describe('a computed module source', () => {
  const files = {
    's/main.tofu': `locals {\n  which = "net"\n}\n${call('"../modules/${local.which}"')}`,
    'modules/net/x.tf': PLAIN,
    'modules/other/x.tf': PLAIN,
  };

  it('of local values is followed', async () => {
    expect(await touched(files, 'modules/net/x.tf')).toEqual(['s: module modules/net/x.tf (modules/net)']);
    expect(await touched(files, 'modules/other/x.tf')).toEqual([]);
  });

  it('counts everything behind its literal prefix, or the whole repository', async () => {
    const behind = { ...files, 's/main.tofu': call('"../modules/${var.which}"') };
    expect(await touched(behind, 'modules/other/x.tf')).toEqual([
      's: module modules/other/x.tf (s/main.tofu:1 computes a module source behind `modules/`)',
    ]);
    expect(await touched(behind, 'README.md')).toEqual([]);
    expect(await touched({ ...files, 's/main.tofu': call('"./${var.which}"') }, 's/x/y.tf')).toEqual([
      's: module s/x/y.tf (s/main.tofu:1 computes a module source behind `s/`)',
      's/x: added s/x; file s/x/y.tf',
    ]);
    const any = { ...files, 's/main.tofu': call('var.source') };
    expect(await touched(any, 'README.md')).toEqual([
      's: module README.md (s/main.tofu:1 computes a module source without a literal beginning: the whole repository counts)',
    ]);
  });
});

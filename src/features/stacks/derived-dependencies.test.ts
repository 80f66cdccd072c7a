// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import { makeStackLab } from '../../../test/support/stack-fixtures.ts';
import type { GraphOptions } from './graph-options.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const backend = (type: string, settings: string) => `terraform {\n  backend "${type}" {\n${settings}\n  }\n}\n`;
const reads = (type: string, config: string, more = '') =>
  `data "terraform_remote_state" "n" {\n  backend = "${type}"\n  ${more}\n  config = {\n${config}\n  }\n}\n`;

async function derived(files: Record<string, string>, over: Partial<GraphOptions> = {}) {
  const { graph } = await lab.load(files, over);
  return graph.stacks.get('app')?.derivedDependencies;
}

const S3 = { 'net/main.tf': backend('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"\nregion = "eu"') };
const NET = [{ stack: 'net', evidence: { file: 'app/main.tf', line: 1 } }];

describe('a state that is read makes a dependency', () => {
  it.each<[string, Record<string, string>]>([
    ['by bucket and key', { 'app/main.tf': reads('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"') }],
    [
      'by key alone, where the bucket is computed',
      { 'app/main.tf': reads('s3', 'bucket = var.b\nkey = "net/terraform.tfstate"') },
    ],
    [
      'through local values',
      {
        'app/main.tf': reads('s3', 'bucket = local.b\nkey = "${local.p}/terraform.tfstate"'),
        'app/l.tf': 'locals {\n b = "acme"\n p = "net"\n}\n',
      },
    ],
    [
      'written in JSON',
      {
        'app/main.tf.json': JSON.stringify({
          data: {
            terraform_remote_state: { n: { backend: 's3', config: { bucket: 'acme', key: 'net/terraform.tfstate' } } },
          },
        }),
      },
    ],
  ])('%s', async (_name, files) => {
    const found = await derived({ ...S3, ...files });
    expect(found?.map(({ stack, evidence }) => [stack, evidence.line])).toEqual([['net', 1]]);
  });

  it('of a module, with the place in the module', async () => {
    const files = {
      ...S3,
      'app/main.tf': 'module "m" {\n  source = "../modules/m"\n}\n',
      'modules/m/x.tf': `\n${reads('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"')}`,
    };
    expect(await derived(files)).toEqual([{ stack: 'net', evidence: { file: 'modules/m/x.tf', line: 2 } }]);
  });

  it.each<[string, string, string]>([
    ['gcs', 'bucket = "b"\nprefix = "net"', 'bucket = "b"\nprefix = "net"'],
    ['azurerm', 'storage_account_name = "a"\ncontainer_name = "c"\nkey = "net"', 'container_name = "c"\nkey = "net"'],
    ['consul', 'path = "net"', 'path = "net"'],
    ['pg', 'schema_name = "net"', 'schema_name = "net"'],
    [
      'remote',
      'organization = "o"\nworkspaces {\n name = "net"\n}',
      'organization = "o"\nworkspaces = {\n name = "net"\n}',
    ],
    ['http', 'address = "https://u:p@state.example.com/net/"', 'address = "https://state.example.com/net"'],
  ])('in %s', async (type, home, read) => {
    expect(await derived({ 'net/main.tf': backend(type, home), 'app/main.tf': reads(type, read) })).toEqual(NET);
  });

  it('on disk: the file of a stack beside it', async () => {
    const local = (path: string) => ({ 'net/main.tf': PLAIN, 'app/main.tf': reads('local', `path = "${path}"`) });
    expect(await derived(local('../net/terraform.tfstate'))).toEqual(NET);
    expect(await derived(local('${path.module}/../net/terraform.tfstate'))).toEqual(NET);
    expect(await derived(local('../other/terraform.tfstate'))).toEqual([]);
  });

  it('served by Holdfast: at our own address any stack, elsewhere only names of this repository', async () => {
    const at = (address: string) => ({ 'net/main.tf': PLAIN, 'app/main.tf': reads('http', `address = "${address}"`) });
    const ours = { stateAddresses: ['http://127.0.0.1:4600', 'https://hf.example.com'] };
    expect(await derived(at('https://hf.example.com/state/net'), ours)).toEqual(NET);
    expect(await derived(at('http://localhost:4600/state/net'), ours)).toEqual(NET);
    expect(await derived(at('https://hf.example.com/state/other%2Frepo'), ours)).toMatchObject([
      { stack: 'other/repo' },
    ]);
    expect(await derived(at('https://elsewhere.example.com/state/net'), ours)).toEqual([]);
    expect(await derived(at('https://any.example.com/state/net'))).toEqual(NET);
    expect(await derived(at('https://any.example.com/state/unknown'))).toEqual([]);
  });

  it('tells workspaces apart; a computed one is the own', async () => {
    const files = (more: string) => ({
      'holdfast.yaml':
        'version: 1\nstacks:\n  - {name: net-a, dir: net, workspace: a}\n  - {name: net-b, dir: net, workspace: b}\n  - {name: app, dir: app, workspace: b}\n',
      ...S3,
      'app/main.tf': reads('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"', more),
    });
    const names = async (more: string) => (await derived(files(more)))?.map(({ stack }) => stack);
    expect(await names('workspace = "a"')).toEqual(['net-a']);
    expect(await names('workspace = terraform.workspace')).toEqual(['net-b']);
    expect(await names('')).toEqual([]);
  });

  it('is none of itself, of another bucket, or where two stacks may be meant', async () => {
    const read = reads('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"');
    const own = backend('s3', 'bucket = "acme"\nkey = "net/terraform.tfstate"');
    expect(await derived({ 'app/main.tf': `${own}${read}` })).toEqual([]);
    expect(
      await derived({
        'app/main.tf': read,
        'net/main.tf': backend('s3', 'bucket = "b"\nkey = "net/terraform.tfstate"'),
      }),
    ).toEqual([]);
    const keyOnly = backend('s3', 'key = "net/terraform.tfstate"');
    expect(await derived({ 'app/main.tf': read, 'x/main.tf': keyOnly, 'y/main.tf': keyOnly })).toEqual([]);
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { createBlobParser } from './blob-parser.ts';
import type { BlobKind, ParsedFile } from './parsed-file.ts';

const parser = createBlobParser({ clock: systemClock });
afterAll(() => parser.close());

async function parse(text: string, kind: BlobKind = 'hcl'): Promise<ParsedFile> {
  const [file] = await parser.parse([{ kind, bytes: Buffer.from(text) }]);
  if (!file) throw new Error('no answer');
  return file;
}

describe('what a broken file gets', () => {
  it.each([
    ['an expression is missing', 'resource "a" "b" {\n  x =\n}\n', { line: 2, column: 6 }, 'Invalid expression'],
    ['a brace is missing', 'terraform {\n', { line: 1, column: 11 }, 'Unclosed configuration block'],
    ['two arguments share a line', 'a {\n x = 1 y = 2\n}\n', { line: 2, column: 8 }, 'Missing newline'],
    ['a string is open', 'a {\n x = "b\n}\n', { line: 2, column: 8 }, 'Invalid multi-line string'],
  ])('says where %s', async (_name, text, position, message) => {
    const { problem } = await parse(text);
    expect(problem).toMatchObject(position);
    expect(problem?.message).toContain(message);
  });

  it('still finds the module calls around the error, so that no module becomes a stack', async () => {
    const file = await parse('module "a" {\n  source = "../a"\n}\nmodule "b" {\n source = "../b"\n x = "y\n}\n');
    expect(file.problem).not.toBeNull();
    expect(file.modules.map((call) => call.source)).toEqual(['../a', '../b']);
  });

  it('places an error in JSON, and quotes nothing of it', async () => {
    const { problem } = await parse('{"a": "secret",\n  [1]}', 'json');
    expect(problem).toEqual({ line: 2, column: 3, message: 'this is not valid JSON' });
  });

  it('refuses what is not UTF-8, too large, or nested without end', async () => {
    const files = await parser.parse([
      { kind: 'hcl', bytes: Buffer.from([0x61, 0xff, 0xfe]) },
      { kind: 'hcl', bytes: Buffer.alloc(5 * 1024 * 1024 + 1, 0x20) },
      { kind: 'hcl', bytes: Buffer.from(`x = ${'['.repeat(20_000)}`) },
    ]);
    expect(files.map((file) => file.problem?.message)).toEqual([
      'the file is not UTF-8 text',
      expect.stringContaining('above 5 MB'),
      expect.any(String),
    ]);
  });

  it('counts a file that takes too long as unreadable, and reads the others of its batch', async () => {
    const hasty = createBlobParser({ clock: systemClock, timeoutMs: 1 });
    const [file] = await hasty.parse([{ kind: 'hcl', bytes: Buffer.from('a {\n}\n'.repeat(50_000)) }]);
    expect(file?.problem?.message).toContain('too much time');
    await hasty.close();
  });
});

describe('blocks', () => {
  it('reads backends, versions, providers and remote states, in HCL and in JSON', async () => {
    const hcl = await parse(
      'terraform {\n required_version = "~> 1.5"\n backend "s3" {\n  bucket = "b"\n }\n required_providers {\n  aws = { source = "hashicorp/aws" }\n }\n}\n' +
        'data "terraform_remote_state" "n" {\n backend = "s3"\n config = { key = "net", secret_key = "x", bucket = local.b }\n}\n',
    );
    expect(hcl.backends).toMatchObject([{ type: 's3', attributes: ['bucket'], line: 3 }]);
    expect(hcl.required_version).toEqual(['~> 1.5']);
    expect(hcl.providers).toHaveLength(1);
    expect(hcl.remote_states).toEqual([
      {
        name: 'n',
        backend: 's3',
        workspace: null,
        place: { key: [{ text: 'net' }], bucket: [{ local: 'b' }] },
        line: 10,
      },
    ]);
    const json = await parse('{"terraform": [{"backend": {"http": {}}, "cloud": {"organization": "o"}}]}', 'json');
    expect(json.backends.map((b) => [b.type, b.attributes])).toEqual([
      ['http', []],
      ['cloud', ['organization']],
    ]);
  });

  it('reads links, version files and lock files without a grammar', async () => {
    expect((await parse('../x', 'link')).text).toBe('../x');
    expect((await parse('1.9.5\n', 'version')).text).toBe('1.9.5');
    expect((await parse('x', 'lock')).text).toHaveLength(64);
  });
});

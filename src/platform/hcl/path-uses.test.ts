// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { beforeAll, describe, expect, it } from 'vitest';
import { extractConfig } from './parse-hcl.ts';
import type { PathUse } from './parsed-file.ts';
import { loadSyntaxReader, type SyntaxReader } from './syntax-tree.ts';

let reader: SyntaxReader;
beforeAll(async () => {
  reader = await loadSyntaxReader();
});

/** `role base/text*`: `@module` for `path.module`, `?` for what is computed. */
function show(use: PathUse): string {
  const text = use.parts
    .map((part) => {
      if ('text' in part) return part.text;
      if ('path' in part) return `@${part.path}`;
      return 'local' in part ? `%${part.local}` : '?';
    })
    .join('');
  return `${use.role} ${text}`;
}

function read(body: string) {
  const file = extractConfig(reader.read(`resource "a" "b" {\n${body}\n}\n`));
  return { uses: file.paths.map(show), doubts: file.doubts.map((doubt) => doubt.why) };
}

describe('strings that may name files', () => {
  it.each([
    ['a literal argument', 'x = file("a.json")', ['file a.json']],
    ['path.module', 'x = file("${path.module}/a.json")', ['file @module/a.json']],
    ['a computed tail', 'x = file("${path.module}/a/${var.x}.json")', ['file @module/a/?.json']],
    ['a computed argument', 'x = file(var.x)', ['file ?']],
    ['both sides of a condition', 'x = file(var.p ? "a" : "b")', ['file a', 'file b']],
    ['a join of literals', 'x = file(join("/", [path.root, "a", "b.json"]))', ['file @root/a/b.json']],
    ['a format of literals', 'x = format("%s/a.json", path.module)', ['plain @module/a.json']],
    ['abspath', 'x = abspath("${path.root}/a")', ['plain @root/a']],
    ['a local value', 'x = file("${local.dir}/a")', ['file %dir/a']],
    ['a template and its variables', 'x = templatefile("t.tpl", { f = "x/y" })', ['template t.tpl', 'plain x/y']],
    ['a pattern, up to its wildcard', 'x = fileset(path.module, "conf/*.json")', ['file @module/conf/?']],
    ['a call inside a call', 'x = jsondecode(file("a.json"))', ['file a.json']],
    ['a call inside a string', 'x = "v: ${file("a.json")}"', ['file a.json']],
    ['keys and items', 'x = { "k/1" = ["v.json"] }', ['plain k/1', 'plain v.json']],
    ['a path attribute with a computed tail', 'filename = "app-${var.v}.zip"', ['attribute app-?.zip']],
    [
      'white space between interpolations',
      'x = "${path.module}/a ${path.root}/b"',
      ['plain @module/a ', 'plain @root/b'],
    ],
    ['a bare path', 'x = path.module', ['plain @module']],
  ])('finds %s', (_name, body, uses) => {
    expect(read(body).uses).toEqual(uses);
  });

  it.each([
    ['text without a slash or a dot', 'x = "abc"'],
    ['an absolute path', 'x = "/etc/passwd"'],
    ['an address', 'x = "https://a.example/b"'],
    ['a name in an ARN', 'x = "arn:aws:s3:::b/c"'],
    ['the separator of a split', 'x = split(".", var.x)'],
    ['basename of the directory', 'x = basename(path.cwd)'],
    ['the text of a heredoc', 'x = <<E\ncat a/b.json ./c\nE'],
  ])('leaves %s alone', (_name, body) => {
    expect(read(body).uses).toEqual([]);
  });

  it('reads a heredoc’s interpolations, and paths that begin with path.*', () => {
    const { uses } = read('x = <<E\nbash ${path.module}/run.sh ${file("q.txt")} ${var.z}/no\nE');
    expect(uses).toEqual(['plain @module/run.sh', 'file q.txt']);
  });

  it('reads the words of provisioner commands', () => {
    const { uses } = read(
      'provisioner "local-exec" {\n command = "bash scripts/x.sh --f=${path.module}/c.json > out"\n}',
    );
    expect(uses).toEqual(['command bash', 'command scripts/x.sh', 'command @module/c.json', 'command out']);
  });
});

describe('doubts', () => {
  it.each([
    ['a computed string with a slash', 'x = "${var.a}/b"', 1],
    ['a path made by a function', 'x = replace(path.module, "a", "b")', 1],
    ['a provisioner', 'provisioner "local-exec" {\n command = "true"\n}', 1],
    ['literal strings', 'x = ["a/b", "${path.module}/c"]', 0],
    ['a computed string without a slash', 'x = "${var.a}-b"', 0],
    ['a network', 'x = cidrsubnet("10.0.0.0/16", 8, 1)', 0],
  ])('%s', (_name, body, count) => {
    expect(read(body).doubts).toHaveLength(count);
  });
});

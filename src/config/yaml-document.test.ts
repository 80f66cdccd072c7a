import { expect, test } from 'vitest';
import { renderProblem } from './problem.ts';
import { parseYaml } from './yaml-document.ts';

const parse = (text: string | Uint8Array) => parseYaml(typeof text === 'string' ? Buffer.from(text) : text, 'f.yaml');
const problems = (text: string | Uint8Array) => parse(text).problems.map(renderProblem);

function aliasBomb(): string {
  const lines = [`a0: &a0 [${Array(10).fill('x')}]`];
  for (let i = 1; i < 10; i++) lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`)}]`);
  return lines.join('\n');
}

test('a document knows where its keys and values stand and how scalars are written', () => {
  const document = parse('a: 1\nlist:\n  - name: x\n    version: 1.10\n');
  expect(document.value).toEqual({ a: 1, list: [{ name: 'x', version: 1.1 }] });
  expect(document.positionOf(['list', 0, 'version'], 'value')).toEqual({ line: 4, column: 14 });
  expect(document.positionOf(['list', 0, 'version'], 'key')).toEqual({ line: 4, column: 5 });
  expect(document.positionOf(['list', 1], 'value')).toBeNull();
  expect(document.sourceOf(['list', 0, 'version'])).toBe('1.10');
});

test('an empty file, one of comments and one with a byte order mark are empty maps', () => {
  for (const text of ['', '# nothing\n', '\uFEFF', '---\n', '\r\n']) {
    expect(parse(text)).toMatchObject({ value: {}, problems: [], isReadable: true });
  }
});

test('what an alias brings is said to stand where the alias does', () => {
  const document = parse('a: &x {every: 1}\nb: *x\n');
  expect(document.value).toEqual({ a: { every: 1 }, b: { every: 1 } });
  expect(document.positionOf(['b', 'every'], 'value')).toEqual({ line: 2, column: 4 });
});

test('keys of the prototype are keys like others', () => {
  const { value } = parse('__proto__: {polluted: 1}\nconstructor: 2\n');
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test.each([
  ['a key twice', 'a: 1\nb: {c: 1, c: 2}', '`b.c` is there twice (f.yaml:2:11): keep one of them'],
  ['a quote without end', 'a: "b', 'is not valid YAML: missing closing "quote (f.yaml:1:6)'],
  ['a tab', 'a:\n\tb: 1', 'is not valid YAML: tabs are not allowed as indentation (f.yaml:2:1)'],
  ['two documents', 'a: 1\n---\nb: 1', 'holds more than one YAML document (`---`) (f.yaml:2:1)'],
  ['a tag', 'a: !secret x', 'has a YAML tag (`!…`), which is not supported (f.yaml:1:4)'],
  ['an unknown alias', 'a: *b', '`a` is an alias of an anchor that is not set before it (f.yaml:1:4)'],
  ['a map as key', '? {a: 1}\n: 2', 'has a key that is no text (f.yaml:1:3)'],
  ['an alias bomb', aliasBomb(), 'holds more than 200000 values, counted through its aliases (f.yaml:'],
  ['an alias of itself', 'a: &a [*a]', 'is nested too deeply'],
  ['depth', `a: ${'['.repeat(60)}${']'.repeat(60)}`, 'is nested too deeply'],
  ['great depth', '['.repeat(100_000), 'is nested too deeply'],
  ['Latin-1', Buffer.from('a: é', 'latin1'), 'is not UTF-8 (f.yaml): save it as UTF-8'],
  ['two megabytes', Buffer.alloc(2 ** 21, '#'), 'is larger than 1MB (f.yaml): split it or shorten it'],
])('%s is a problem with its place', (_name, text, expected) => {
  expect(problems(text)[0]).toContain(expected);
});

test('a megabyte of faults ends after twenty', { timeout: 60_000 }, () => {
  const document = parse(`a: [${','.repeat(1_000_000)}`);
  expect(document.problems).toHaveLength(20);
  expect(document.isReadable).toBe(false);
});

test('no sentence about syntax quotes the file', () => {
  for (const text of [
    'a: "\\canary"',
    '%canary\n---\n',
    '[a, b] canary',
    'a: b: canary',
    '- canary\nb: 1',
    '!canary x',
  ]) {
    const said = problems(text).join('\n');
    expect(said).not.toBe('');
    expect(said).not.toContain('canary');
  }
});

import { describe, expect, it } from 'vitest';
import { differenceText, listOf, type TreeEntry } from './tree-list.ts';

const file = (path: string, content = 'a', size = 1): TreeEntry => ({ path, kind: 'file', size, content });

describe('the list of a tree', () => {
  it('is the same in whatever order its entries come', () => {
    const [a, b] = [file('a'), file('b')];
    expect(listOf([a, b])).toEqual(listOf([b, a]));
    expect(listOf([a, b]).text).toBe('holdfast tree 1\nfile 1 a "a"\nfile 1 a "b"\n');
  });

  it('cannot be the same for two trees by an odd name', () => {
    const forged = listOf([file('a"\nfile 1 a "b')]);
    expect(forged.digest).not.toBe(listOf([file('a'), file('b')]).digest);
    expect(forged.text.split('\n')).toHaveLength(3);
  });

  it('differs by kind, size and content', () => {
    const all = [
      file('a'),
      file('a', 'b'),
      file('a', 'a', 2),
      { ...file('a'), kind: 'executable' as const },
      { ...file('a'), kind: 'link' as const },
    ];
    expect(new Set(all.map((entry) => listOf([entry]).digest)).size).toBe(all.length);
  });

  it('names what differs from another, five at most', () => {
    const texts = (...entries: TreeEntry[]) => listOf(entries).text;
    expect(differenceText(texts(file('a')), texts(file('a')))).toBe('');
    expect(differenceText(texts(file('a'), file('b')), texts(file('b', 'z'), file('c')))).toBe(
      '`a` is gone, `b` was changed, `c` was added',
    );
    const many = Array.from({ length: 7 }, (_, n) => file(`f${n}`));
    expect(differenceText(texts(), texts(...many))).toMatch(/^`f0` was added.*`f4` was added, 2 more$/);
    expect(differenceText(texts(), texts(file('x'.repeat(500))))).toBe(`\`${'x'.repeat(200)}…\` was added`);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogRenderer } from './log-renderer.ts';
import { createMask, type TextMask } from './mask-secrets.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/plans/${name}.stream.jsonl`, import.meta.url));

function render(bytes: Buffer, mask: TextMask = (text) => text, cuts: readonly number[] = []): string {
  const renderer = createLogRenderer({ mask });
  const borders = [0, ...cuts.filter((c) => c < bytes.length).sort((a, b) => a - b), bytes.length];
  const pieces = borders.slice(1).map((to, i) => renderer.push(bytes.subarray(borders[i], to)));
  return pieces.join('') + renderer.end();
}

describe('createLogRenderer', () => {
  it('renders a plan in the words of terraform', () => {
    const text = render(fixture('mixed'));
    for (const line of [
      '  ~ terraform_data.changed will be updated in-place',
      '-/+ terraform_data.replaced must be replaced',
      '  - terraform_data.gone will be destroyed',
      '    # terraform_data.from has moved to terraform_data.to',
      '  . terraform_data.forgotten will no longer be managed, but will not be destroyed',
      '    terraform_data.imported will be imported',
      'Plan: 1 to import, 1 to add, 1 to change, 2 to destroy.',
      'Changes to Outputs:',
      '  - dropped',
      '  ~ o',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/@timestamp|\d{4}-\d\d-\d\dT/);
  });

  it('frames a diagnostic with its place', () => {
    expect(render(fixture('broken'))).toBe(
      [
        'Terraform 1.11.4',
        '╷',
        '│ Error: Unsupported argument',
        '│',
        '│   on main.tf line 2, in resource "terraform_data" "a":',
        '│    2:   wrong = 1',
        '│',
        '│ An argument named "wrong" is not expected here.',
        '╵',
        '',
      ].join('\n'),
    );
  });

  it('lets any other line through, neutralised', () => {
    const text = render(
      Buffer.from(
        'plain\n\u001b[31mred\u001b[0m \u001b]8;;http://evil\u0007link\u001b]8;;\u0007\nprogress 1\rprogress 2\r\n\u0000\u202e{"type"\n',
      ),
    );
    expect(text).toBe('plain\nred link\nprogress 1\nprogress 2\n\ufffd\ufffd{"type"\n');
  });

  it('gives the same text however the bytes are cut, secrets masked', () => {
    const noise = Buffer.concat([
      fixture('mixed'),
      Buffer.from('x terraform_data.gone ü€😀 secret-token\r\nlast terraform_da'),
    ]);
    const mask = createMask(['terraform_data.gone', 'secret-token', '€😀 sec']);
    const whole = render(noise, mask);
    expect(whole).not.toMatch(/terraform_data\.gone|secret-token/);
    fc.assert(
      fc.property(fc.array(fc.nat(noise.length), { maxLength: 40 }), (cuts) => {
        expect(render(noise, mask, cuts)).toBe(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('shows nothing of a message that is too long or cut off: it may be a whole state', () => {
    const dump = `{"@level":"info","@message":"Emergency state dump","state":{"x":"${'s3cret'.repeat(400_000)}"},"type":"log"}`;
    const hidden = '[a message of the engine that cannot be shown]\n';
    expect(render(Buffer.from(`before\n${dump}\nafter\n`))).toBe(`before\n${hidden}after\n`);
    expect(render(Buffer.from(`${dump}\n`), (text) => text, [10, 1024 * 1024, 1_500_000])).toBe(hidden);
    for (const length of [100, 1_500_000]) expect(render(Buffer.from(dump.slice(0, length)))).toBe(hidden);
  });

  it('holds no more than a bounded piece of an endless line, and masks over the pieces', () => {
    const renderer = createLogRenderer({ mask: createMask(['SECRETSECRET']) });
    const line = `${'a'.repeat(1024 * 1024 - 6)}SECRETSECRET${'b'.repeat(3_000_000)}\n`;
    const text = renderer.push(Buffer.from(line)) + renderer.end();
    expect(text).toBe(line.replace('SECRETSECRET', '(sensitive)'));
  });
});

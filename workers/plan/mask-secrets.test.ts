// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL's escapes are what is tested
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, MASKED, streamOf } from './mask-secrets.ts';
import { secretForms } from './secret-forms.ts';

const SECRET = 'p@ss "w0rd"/${x}<&>';

describe('createMask', () => {
  it.each([
    ['raw', SECRET],
    ['JSON', JSON.stringify({ a: SECRET })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ a: SECRET }))],
    ['Go JSON', '{"a":"p@ss \\"w0rd\\"/${x}\\u003c\\u0026\\u003e"}'],
    ['HCL', 'a = "p@ss \\"w0rd\\"/$${x}<&>"'],
    ['URL', `https://h/?q=${encodeURIComponent(SECRET)}`],
    ['form', `q=${encodeURIComponent(SECRET).replaceAll('%20', '+')}`],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64 at offset 1', Buffer.from(`x${SECRET}yy`).toString('base64')],
    ['base64 at offset 2', Buffer.from(`xy${SECRET}z`).toString('base64')],
    ['base64url', Buffer.from(`xyz${SECRET}`).toString('base64url')],
    ['basic auth', `Basic ${Buffer.from(`hf:${SECRET}`).toString('base64')}`],
  ])('hides a secret written as %s', (_form, text) => {
    const masked = createMask([SECRET])(text);
    expect(masked).toContain(MASKED);
    for (const form of secretForms(SECRET)) expect(masked).not.toContain(form);
    expect(masked).not.toMatch(/w0rd/);
  });

  it('hides each line of a multi-line value of six characters or more', () => {
    const mask = createMask(['-----BEGIN KEY-----\nMIIEabcdef\nQQ==\n-----END KEY-----\n']);
    expect(mask('x MIIEabcdef y QQ==')).toBe('x (sensitive) y QQ==');
  });

  it('does not mask what is shorter than four characters, or a plain true', () => {
    expect(createMask(['abc', 'true', ''])('abc true')).toBe('abc true');
  });

  it('masks overlapping secrets as one', () => {
    expect(createMask(['abcdef', 'defghi'])('-abcdefghi-')).toBe('-(sensitive)-');
  });

  it('holds back no more than what may become a secret', () => {
    const stream = createMask(['secret']).stream();
    expect(stream.push('line\n')).toBe('line\n');
    expect(stream.push('a sec')).toBe('a ');
    expect(stream.push('ond')).toBe('second');
    expect(stream.push(' secre')).toBe(' ');
    expect(stream.end()).toBe('secre');
  });

  it('gives the same text however it is cut', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 });
    const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 9 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(secrets, alphabet, fc.array(fc.nat(60)), (known, text, cuts) => {
        const mask = createMask(known);
        const stream = streamOf(mask);
        const borders = [0, ...cuts.filter((c) => c < text.length).sort((a, b) => a - b), text.length];
        const pieces = borders.slice(1).map((to, i) => text.slice(borders[i], to));
        const masked = pieces.map((piece) => stream.push(piece)).join('') + stream.end();
        expect(masked).toBe(mask(text));
        for (const secret of known) expect(masked).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });

  it('hides any secret in any text around it, in every encoding, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 }),
        fc.string({ maxLength: 5 }),
        fc.nat(200),
        (secret, before, cut) => {
          const text = `${before}${secret}${before} ${JSON.stringify(secret)} ${Buffer.from(before + secret).toString('base64')}`;
          const stream = createMask([secret]).stream();
          const masked = stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end();
          if (!before.includes(secret)) expect(masked.includes(secret) && !MASKED.includes(secret)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

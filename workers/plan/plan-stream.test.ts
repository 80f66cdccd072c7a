import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPlanStream } from './plan-stream.ts';
import { fileInRepository } from './read-diagnostic.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/plans/${name}.stream.jsonl`, import.meta.url));

function read(bytes: Buffer, dir = '.') {
  const stream = createPlanStream({ dir, work: '/root/work/k', mask: (text) => text.replaceAll('hunter22', '***') });
  for (let at = 0; at < bytes.length; at += 97) stream.push(bytes.subarray(at, at + 97));
  return stream.end();
}

const none = { add: 0, change: 0, destroy: 0, replace: 0, import: 0, move: 0, forget: 0, outputs: 0 };

describe('createPlanStream', () => {
  it.each([
    ['create', { ...none, add: 1 }],
    ['unchanged', none],
    ['destroy', { ...none, destroy: 1 }],
    ['mixed', { add: 0, change: 1, destroy: 1, replace: 1, import: 1, move: 1, forget: 1, outputs: 2 }],
  ])('counts %s as the projection of show does', (name, counts) => {
    const told = read(fixture(name));
    expect(told.counts).toEqual(counts);
    expect(told.engineVersion).toBe('1.11.4');
    expect(told.summary?.operation).toBe('plan');
    expect(told.hasErrors).toBe(false);
  });

  it('knows addresses, actions and reasons without a show', () => {
    const { changes, outputs } = read(fixture('mixed'));
    const byAddress = Object.fromEntries(changes.map((change) => [change.address, change]));
    expect(byAddress['terraform_data.replaced']).toMatchObject({
      actions: ['replace'],
      reason: 'replace_because_cannot_update',
    });
    expect(byAddress['terraform_data.gone']).toMatchObject({
      actions: ['delete'],
      reason: 'delete_because_no_resource_config',
    });
    expect(byAddress['terraform_data.to']).toMatchObject({
      actions: ['move'],
      previous_address: 'terraform_data.from',
    });
    expect(byAddress['terraform_data.forgotten']).toMatchObject({ actions: ['forget'] });
    expect(outputs).toEqual(['dropped', 'o']);
  });

  it('reads diagnostics with their place in the repository, and no summary', () => {
    const told = read(fixture('broken'), 'net/prod');
    expect(told.summary).toBeNull();
    expect(told.diagnostics).toEqual([
      {
        severity: 'error',
        summary: 'Unsupported argument',
        detail: 'An argument named "wrong" is not expected here.',
        file: 'net/prod/main.tf',
        line: 2,
        address: null,
      },
    ]);
  });

  it('skips garbage, puts errors before warnings, masks and bounds', () => {
    const diagnostic = (severity: string, summary: string) =>
      JSON.stringify({
        '@level': 'x',
        type: 'diagnostic',
        diagnostic: { severity, summary, detail: 'hunter22'.repeat(5000) },
      });
    const lines = ['{not json', '[]', 'null', '{"type":1}', `${'{"type":"x"'.repeat(200_000)}`];
    lines.push(
      ...Array.from({ length: 150 }, (_, i) => diagnostic('warning', `w${i}`)),
      diagnostic('error', 'the error'),
    );
    const told = read(Buffer.from(lines.join('\n')));
    expect(told.diagnostics).toHaveLength(100);
    expect(told.diagnostics[0]).toMatchObject({ severity: 'error', summary: 'the error' });
    expect(told.diagnostics[0]?.detail).not.toContain('hunter22');
    expect(told.diagnostics[0]?.detail.length).toBeLessThanOrEqual(16_384);
    expect(told.plainLines.length).toBeLessThanOrEqual(20);
  });
});

describe('fileInRepository', () => {
  it.each([
    ['main.tf', 'net/prod', 'net/prod/main.tf'],
    ['../../modules/x/a.tf', 'net/prod', 'modules/x/a.tf'],
    ['../../../etc/passwd', 'net/prod', null],
    ['/root/work/k/net/a.tf', 'net', 'net/a.tf'],
    ['/root/data/k/modules/m/a.tf', 'net', null],
    ['<value for var.x>', '.', '<value for var.x>'],
    [undefined, '.', null],
  ])('%s in %s is %s', (filename, dir, expected) => {
    expect(fileInRepository(filename, { dir, work: '/root/work/k' })).toBe(expected);
  });
});

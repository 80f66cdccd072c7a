import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Diagnostic } from '../../src/kernel/plan-outcome.ts';
import { nameFaults, readConstructPaths } from './construct-paths.ts';

const block = (path: string) => ({ '//': { metadata: { path, uniqueId: 'x' } }, input: 'a' });
const TEXT = JSON.stringify(
  {
    data: { http: { page: block('net/page') } },
    module: { vpc: block('net/vpc') },
    resource: { terraform_data: { one: block('net/one'), two: block('net/two'), bare: { input: 1 } } },
  },
  null,
  2,
);
const paths = readConstructPaths(TEXT);

it.each([
  ['terraform_data.one', 'net/one'],
  ['terraform_data.two[0]', 'net/two'],
  ['terraform_data.two["a.b\\"]"]', 'net/two'],
  ['data.http.page', 'net/page'],
  ['module.vpc.aws_vpc.this[0]', 'net/vpc'],
  ['module.vpc["x"].aws_vpc.this', 'net/vpc'],
  ['terraform_data.bare', undefined],
  ['terraform_data.nobody', undefined],
])('%s comes from %s', (address, path) => {
  expect(paths.ofAddress(address)).toBe(path);
});

it('a line lies in the construct before it', () => {
  const line = TEXT.split('\n').findIndex((text) => text.includes('net/two')) + 4;
  expect(paths.ofLine(line)).toBe('net/two');
  expect(paths.ofLine(1)).toBeUndefined();
});

it('a diagnostic begins with its construct; without a synthesised file it is as it was', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-constructs-'));
  const fault: Diagnostic = {
    ...{ summary: 'Boom', detail: 'It broke.', line: null, address: null },
    severity: 'error',
    file: 'app/cdktf.out/stacks/one/cdk.tf.json',
  };
  try {
    expect(await nameFaults([fault], dir)).toEqual([fault]);
    const path = '{"resource":{"terraform_data":{"x":{"//":{"metadata":{"path":"one/x"}}}}}}';
    writeFileSync(join(dir, 'cdk.tf.json'), path);
    const [named] = await nameFaults([{ ...fault, address: 'terraform_data.x' }], dir);
    expect(named?.detail).toBe('Construct: one/x\nIt broke.');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

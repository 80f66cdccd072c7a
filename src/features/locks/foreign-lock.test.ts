import { expect, test } from 'vitest';
import { describeForeignLock, lockInfoIn } from './foreign-lock.ts';

const detail = `Error message: operation error DynamoDB: ConditionalCheckFailedException
Lock Info:
  ID:        3f3b9d1e-6a3d-3c5e-9f0a-000000000001
  Path:      bucket/net.tfstate
  Operation: OperationTypeApply
  Who:       ann@laptop
  Version:   1.11.4

Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.`;
const failed = (text: string) => ({
  error: JSON.stringify({
    summary: 'Error acquiring the state lock',
    diagnostics: [{ detail: 'x' }, { detail: text }],
  }),
});

test('the lock that was in the way is read out of the diagnostics of a run', () => {
  const info = lockInfoIn(failed(detail));
  expect(info).toMatch(/^Lock Info:\n {2}ID: .*\n[\s\S]*Version: {3}1\.11\.4$/);
  expect(describeForeignLock({ backend: 's3', info, engine: 'terraform' })).toEqual({
    backend: 's3',
    info,
    command: 'terraform force-unlock 3f3b9d1e-6a3d-3c5e-9f0a-000000000001',
  });
});

test('without an id there is no line to type, and none is made of an id that is an option', () => {
  expect(lockInfoIn({ error: null })).toBeNull();
  expect(lockInfoIn(failed('nothing of the kind'))).toBeNull();
  expect(describeForeignLock({ backend: null, info: null, engine: 'opentofu' })).toEqual({
    backend: 'remote',
    info: null,
    command: null,
  });
  const info = lockInfoIn(failed('Lock Info:\n  ID:  -force\n'));
  expect(describeForeignLock({ backend: 'gcs', info, engine: 'opentofu' }).command).toBeNull();
});

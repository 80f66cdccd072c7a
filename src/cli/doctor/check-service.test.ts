import { expect, test } from 'vitest';
import { checkService } from './check-service.ts';

const systemd = { kind: 'systemd', unit: 'holdfast.service' } as const;

test.each([
  ['nothing runs', null, 'skipped', /KillMode=process/, /^$/],
  ['by hand', { kind: 'nobody', unit: null, killMode: null } as const, 'ok', /live on/, /^$/],
  ['KillMode=process', { ...systemd, killMode: 'process' }, 'ok', /live on when it is stopped/, /^$/],
  [
    'systemd’s default',
    { ...systemd, killMode: 'control-group' },
    'warning',
    /KillMode=control-group: .* end running/,
    /set KillMode=process .* holdfast.service/,
  ],
  ['unknown', { ...systemd, killMode: null }, 'warning', /cannot be read/, /set KillMode=process/],
  [
    'a container',
    { kind: 'container', unit: null, killMode: null } as const,
    'warning',
    /waits for them/,
    /terminationGracePeriodSeconds/,
  ],
])('%s', (_, found, status, detail, wayOut) => {
  const check = checkService(found);
  expect(check.status).toBe(status);
  expect(check.detail).toMatch(detail);
  expect(check.wayOut).toMatch(wayOut);
});

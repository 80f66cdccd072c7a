import { expect, test } from 'vitest';
import { judgeSurroundings, readSurroundings, type Surroundings } from './surroundings.ts';

const shell: Surroundings = {
  pid: 700,
  parent: 600,
  parentName: 'bash',
  cgroup: '/user.slice/session-3.scope',
  killMode: null,
};
const service = { ...shell, parent: 1, parentName: 'systemd', cgroup: '/system.slice/holdfast.service' };
const user = { ...service, parent: 900, cgroup: '/user.slice/user-1.slice/user@1.service/app.slice/holdfast.service' };

test.each<[string, Surroundings, string, boolean]>([
  ['a shell', shell, 'nobody', false],
  ['a shell in a terminal that is a service', { ...shell, cgroup: '/system.slice/agent.service' }, 'nobody', false],
  ['nohup: an orphan of an ordinary machine', { ...shell, parent: 1, parentName: 'systemd' }, 'nobody', false],
  ['a service with KillMode=process', { ...service, killMode: 'process' }, 'systemd', false],
  ['a service that is never killed', { ...service, killMode: 'none' }, 'systemd', false],
  ['a service as systemd makes it', { ...service, killMode: 'control-group' }, 'systemd', true],
  ['a service whose group is killed in the end', { ...service, killMode: 'mixed' }, 'systemd', true],
  ['a service of which nothing is known', service, 'systemd', true],
  ['a service of a user', { ...user, killMode: 'process' }, 'systemd', false],
  ['PID 1', { ...shell, pid: 1, parent: 0, parentName: '' }, 'container', true],
  ['below the init of a container', { ...shell, parent: 1, parentName: 'tini' }, 'container', true],
])('%s', (_, about, kind, staysForApplies) => {
  expect(judgeSurroundings(about)).toMatchObject({ kind, staysForApplies });
});

test('this process was started by somebody who lives', async () => {
  const about = await readSurroundings();
  expect(about).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(about.parentName).not.toBe('');
  expect(judgeSurroundings(about).kind).toBe('nobody');
});

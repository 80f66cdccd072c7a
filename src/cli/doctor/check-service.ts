import type { Check, ServiceFound } from './check.ts';

/** What ends with the instance: a service manager or a container may take running applies with it. Pure. */
export function checkService(found: ServiceFound | null): Check {
  const name = 'service';
  if (found === null) {
    const detail =
      'none runs here; as a systemd service it needs KillMode=process, in Kubernetes a grace period (docs/deployment.md)';
    return { name, status: 'skipped', detail, wayOut: '' };
  }
  const { kind, unit, killMode } = found;
  if (kind === 'nobody') {
    return {
      name,
      status: 'ok',
      detail: 'started by hand: applies live on when it ends, and are found again',
      wayOut: '',
    };
  }
  if (kind === 'container') {
    const detail =
      'it looks like a container (it is process 1, or its child), whose end is the end of every apply in it: asked to stop, it waits for them';
    const wayOut =
      'let terminationGracePeriodSeconds (Kubernetes) or stop_grace_period (Compose) be at least as long as your longest apply';
    return { name, status: 'warning', detail, wayOut };
  }
  if (killMode === 'process' || killMode === 'none') {
    return {
      name,
      status: 'ok',
      detail: `${unit}, KillMode=${killMode}: applies live on when it is stopped`,
      wayOut: '',
    };
  }
  const what = killMode === null ? 'its KillMode cannot be read' : `KillMode=${killMode}`;
  const detail = `${unit}, ${what}: systemd would end running applies together with it`;
  return { name, status: 'warning', detail, wayOut: `set KillMode=process in the [Service] section of ${unit}` };
}

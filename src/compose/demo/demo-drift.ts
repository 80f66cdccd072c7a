import { z } from 'zod';
import { DriftReport, RunListItem } from '../../api/contract.ts';
import { renderDriftReport } from '../../api/text/drift-text.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { connect, type DemoInstance, tokenOf } from './demo-approval.ts';

const STACK = 'network';
const LOCK_ID = '7f1f2f4e-5c0e-4a53-9d0c-3a5a5b1f0d01';
const RANGE = '10.66.0.0/16';

interface State {
  serial: number;
  resources: {
    name: string;
    instances: { index_key?: string; attributes: { input?: { value?: { cidr?: string } }; output?: unknown } }[];
  }[];
}

/**
 * Changes an applied subnet behind Holdfast's back. terraform_data has no world but its state, so somebody plays a laptop
 * that writes there: lock, change, unlock, as `terraform state push` does. Answers the address and both ranges.
 */
export async function changeBehindItsBack(
  instance: DemoInstance,
): Promise<{ address: string; from: string; to: string }> {
  const ask = await stateOf(instance);
  await ask('LOCK', '', { ID: LOCK_ID, Operation: 'state-push', Who: 'somebody@laptop' });
  const state = (await (await ask('GET', '')).json()) as State;
  const subnet = state.resources
    .find(({ name }) => name === 'subnet')
    ?.instances.find(({ index_key }) => index_key === 'b');
  const value = subnet?.attributes.input?.value;
  if (!subnet || value?.cidr === undefined)
    throw new HoldfastError('internal', 'the demo found no subnet in its state');
  const from = value.cidr;
  value.cidr = RANGE;
  subnet.attributes.output = subnet.attributes.input;
  await ask('POST', `?ID=${LOCK_ID}`, { ...state, serial: state.serial + 1 });
  await ask('UNLOCK', '', { ID: LOCK_ID });
  return { address: 'terraform_data.subnet["b"]', from, to: RANGE };
}

/** Asks for a check, as `holdfast drift network` does. */
export async function checkDrift(instance: DemoInstance): Promise<void> {
  const api = await connect(instance);
  await api.post('/api/v1/drift/checks', { stacks: [STACK] }, z.object({ runs: z.array(RunListItem) }));
}

/** What `holdfast drift report` prints. */
export async function reportText(instance: DemoInstance): Promise<string> {
  const { value } = await (await connect(instance)).get('/api/v1/drift/report', DriftReport);
  return renderDriftReport(value, { now: instance.deps.clock.now() });
}

async function stateOf(instance: DemoInstance) {
  const credentials = Buffer.from(`laptop:${await tokenOf(instance)}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/json' };
  return async (method: string, query: string, body?: object): Promise<Response> => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await instance.deps.fetch(`${instance.address}/state/${STACK}${query}`, init);
    if (answer.ok) return answer;
    throw new HoldfastError('internal', `the demo's ${method} of a state was answered ${answer.status}`);
  };
}

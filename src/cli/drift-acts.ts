import { FindingJson, Resumed } from '../api/contract.ts';
import { clean } from '../api/text/clean.ts';
import type { ApiAnswer } from './api-client.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { fetchReport, usage } from './drift-check.ts';

type Options = CommandInput['options'];

/** `holdfast drift ack STACK [ADDRESS]`: takes note of one finding, or of all that are open. */
export async function acknowledge(
  context: CommandContext,
  rest: readonly string[],
  options: Options,
): Promise<CommandResult> {
  const [stack, address, ...more] = rest;
  const way = 'holdfast drift ack STACK [ADDRESS] --reason …';
  if (stack === undefined || more.length > 0) throw usage('`drift ack` needs a stack, and takes one address', way);
  if (options.reason === undefined) throw usage('`drift ack` needs --reason: why it may stay', way);
  const { value: report } = await fetchReport(context);
  const known = report.stacks.find(({ name }) => name === stack);
  if (!known) throw usage(`there is no stack "${stack}"`, 'list them with: holdfast stacks');
  const findings = known.findings.filter((finding) => address === undefined || finding.address === address);
  if (findings.length === 0) {
    const what = address === undefined ? 'no finding' : `no finding at ${address}`;
    throw usage(`stack ${stack} has ${what}`, 'see what there is: holdfast drift report');
  }
  const api = await context.api();
  const body = {
    reason: String(options.reason),
    ...(options.until === undefined ? {} : { until: String(options.until) }),
  };
  const done: ApiAnswer<FindingJson>[] = [];
  for (const { id } of findings) done.push(await api.post(`/api/v1/drift/findings/${id}/ack`, body, FindingJson));
  const until = options.until === undefined ? 'until it changes' : `until ${options.until}`;
  return {
    exit: 0,
    json: { findings: done.map((answer) => answer.body) },
    text: () => done.map(({ value }) => `${clean(value.address)}: acknowledged ${until}\n`).join(''),
  };
}

/** `holdfast drift resume`: somebody has looked at what opened the breaker. */
export async function resume(
  context: CommandContext,
  rest: readonly string[],
  options: Options,
): Promise<CommandResult> {
  const way = 'holdfast drift resume --reason …';
  if (rest.length > 0) throw usage('`drift resume` takes no arguments', way);
  if (options.reason === undefined) throw usage('`drift resume` needs --reason: what was found', way);
  const api = await context.api();
  const { body, value } = await api.post('/api/v1/drift/resume', { reason: String(options.reason) }, Resumed);
  const text =
    value.breaker === null
      ? 'The breaker was not open.\n'
      : 'The breaker is closed: drift may be put right by itself again.\n';
  return { exit: 0, json: body, text: () => text };
}

import type { CommandInput, CommandResult } from './command.ts';
import { usage } from './drift-check.ts';

/** `holdfast drift ignore STACK ADDRESS`: the rule to add to holdfast.yaml. Nothing is changed: rules live in Git. */
export function printRule(rest: readonly string[], options: CommandInput['options']): CommandResult {
  const [stack, address, ...more] = rest;
  const way = 'holdfast drift ignore STACK ADDRESS --reason … [--attributes a,b] [--expires 2027-01-31]';
  if (stack === undefined || address === undefined || more.length > 0) {
    throw usage('`drift ignore` needs a stack and an address (a glob)', way);
  }
  if (options.reason === undefined || String(options.reason).trim() === '') {
    throw usage('`drift ignore` needs --reason: a rule says why', way);
  }
  const expires = options.expires === undefined ? null : String(options.expires);
  if (expires !== null && !isDay(expires))
    throw usage(`--expires must be a day such as 2027-01-31, got "${expires}"`, way);
  const attributes =
    options.attributes === undefined
      ? []
      : String(options.attributes)
          .split(',')
          .map((path) => path.trim());
  const rule = {
    address,
    ...(attributes.length === 0 ? {} : { attributes }),
    reason: String(options.reason),
    ...(expires === null ? {} : { expires }),
  };
  // JSON is YAML, and says every string safely; the day alone stays bare.
  const parts = Object.entries(rule).map(
    ([key, value]) => `${key}: ${key === 'expires' ? value : JSON.stringify(value)}`,
  );
  const lines = [
    'stacks:',
    `  - name: ${JSON.stringify(stack)}`,
    '    # … as it is',
    '    drift:',
    '      ignore:',
    `        - {${parts.join(', ')}}`,
  ];
  return {
    exit: 0,
    json: { stack, rule },
    text: () => `# Add to holdfast.yaml at the root of the stack's repository, and push:\n${lines.join('\n')}\n`,
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

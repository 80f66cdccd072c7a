import type { InspectedRepositoryConfig } from './inspect-repository-config.ts';
import { quote } from './key-path.ts';
import type { Problem } from './problem.ts';
import type { ListedStack } from './repository-config.ts';

/** What a repository's file asks for and only server.yaml can allow: warnings, for nobody has asked a server. */
export function checkAllowance({ config, placeOf }: InspectedRepositoryConfig): Problem[] {
  const asks = (stack: ListedStack, key: 'apply' | 'engine', value: string, needs: string): Problem => ({
    severity: 'warning',
    file: config.file,
    ...(placeOf(stack, [key]) ?? { line: null, column: null }),
    subject: `stack ${quote(stack.name ?? stack.dir)}`,
    key,
    value,
    message: 'works only where the server allows it',
    wayOut: `needs \`allow: {${needs}}\` in server.yaml`,
  });
  return config.stacks.flatMap((stack) => [
    ...(stack.apply === 'auto' ? [asks(stack, 'apply', 'auto', 'auto_apply: true')] : []),
    ...(stack.engine === 'opentofu' ? [asks(stack, 'engine', 'opentofu', 'engines: [opentofu]')] : []),
  ]);
}

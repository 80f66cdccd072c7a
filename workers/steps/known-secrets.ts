import type { Assignment } from '../../src/features/execution/protocol.ts';

const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)/i;
const NO_SECRET_NAME = /(_FILE|_PATH|_DIR|_ID|_URL|_NAME)$/i;

/**
 * Every text that must not be seen in a log or a projection: all `values` of `environment` (secrets live there), passed
 * variables whose name says so, passwords in URLs, sensitive outputs of other stacks, and the run's state token.
 */
export function knownSecrets(
  assignment: Pick<Assignment, 'environment' | 'inputs' | 'state_url'>,
  workerEnv: Readonly<Record<string, string | undefined>>,
): string[] {
  const secrets = new Set<string>();
  for (const entry of assignment.environment) {
    for (const value of Object.values(entry.values)) addValue(secrets, value);
    for (const pattern of entry.pass) {
      for (const [name, value] of Object.entries(workerEnv)) {
        const isPassed = pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
        if (!isPassed || value === undefined) continue;
        if (SECRET_NAME.test(name) && !NO_SECRET_NAME.test(name)) addValue(secrets, value);
        else addUserinfo(secrets, value);
      }
    }
  }
  for (const { text, sensitive } of Object.values(assignment.inputs ?? {})) if (sensitive) addOutput(secrets, text);
  if (assignment.state_url !== null) addUserinfo(secrets, assignment.state_url);
  return [...secrets];
}

/** An output as a whole, and every text within it. */
function addOutput(secrets: Set<string>, text: string): void {
  addValue(secrets, text);
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return;
  try {
    JSON.parse(text, (_key, value: unknown) => {
      if (typeof value === 'string' || typeof value === 'number') addValue(secrets, String(value));
      return value;
    });
  } catch {
    // A text that only begins like JSON: as a whole it is known already.
  }
}

function addValue(secrets: Set<string>, value: string): void {
  secrets.add(value);
  addUserinfo(secrets, value);
}

/** The password of an address, as written and decoded; none where it has none. */
export function passwordsOf(address: string): string[] {
  const secrets = new Set<string>();
  addUserinfo(secrets, address);
  return [...secrets];
}

function addUserinfo(secrets: Set<string>, value: string): void {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#@]+)@/i.exec(value)?.[1];
  if (!password) return;
  secrets.add(password);
  try {
    secrets.add(decodeURIComponent(password));
  } catch {
    // not percent-encoded: as written is all there is
  }
}

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShow } from '../../workers/plan/read-show.ts';
import { SCHEMA_FILE } from '../../workers/plan-file/schema-file.ts';
import { planSteps } from '../../workers/plan-steps.ts';
import { planFixture } from '../support/plan-file-samples.ts';
import { HELLO, PlanHarness, subcommands } from '../support/plan-harness.ts';

/** An engine that plays what real terraform printed; `$0.<subcommand>` beside it, where it is there, is run instead. */
const PLAYER = `#!/bin/sh
[ -x "$0.$1" ] && exec "$0.$1" "$@"
case "$1" in
  version) echo '{"terraform_version":"1.11.4"}' ;;
  plan) for arg; do case "$arg" in -out=*) cp "${planFixture('providers.tfplan')}" "\${arg#-out=}" ;; esac; done
    cat "${planFixture('providers.stream.jsonl')}"; exit 2 ;;
  providers) cat "${planFixture('providers.schemas.json')}" ;;
  show) cat "${planFixture('providers.show.json')}" ;;
esac
`;

describe('the file of a plan in its steps', () => {
  let harness: PlanHarness;
  let engine: string;
  let commit: string;

  beforeEach(() => {
    harness = new PlanHarness();
    const dir = join(harness.folder, 'engines', '1.11.4');
    mkdirSync(dir, { recursive: true });
    engine = join(dir, 'terraform');
    script(engine, PLAYER);
    commit = harness.commit({ 'main.tf': '' });
  });
  afterEach(() => harness.close());

  const script = (file: string, text: string) => writeFileSync(file, text, { mode: 0o755 });
  const plan = (more = {}) => {
    const hello = { ...HELLO, engines_dir: join(harness.folder, 'engines') };
    const wanted = { name: 'terraform' as const, version: '1.11.4', required: [] };
    return harness.plan(commit, { backend: 'foreign', engine: wanted, ...more }, { hello });
  };
  const shown = async () => (await readShow(planFixture('providers.show.json'), String)).projection;

  it('asks for schemas once per init, and then for nothing', async () => {
    const first = await plan();
    expect(subcommands(first.calls)).toEqual(['init', 'plan', 'providers']);
    expect(first.outcome.projection).toEqual(await shown());
    expect(first.outcome.notes).toContain('show: skipped');
    const second = await plan();
    expect(subcommands(second.calls)).toEqual(['plan']);
    expect(second.outcome.projection).toEqual(await shown());
    expect(subcommands((await plan({ init_key: 'k2' })).calls)).toEqual(['init', 'plan', 'providers']);
    expect(JSON.stringify([first.outcome, second.outcome])).not.toContain('canary');
  });

  it('asks again after an init in the same folder', async () => {
    const { context } = await plan();
    const dataDir = context.paths.dataDir ?? '';
    expect(readdirSync(dataDir)).toContain(SCHEMA_FILE);
    writeFileSync(join(dataDir, 'holdfast-init.json'), '{"at":0,"workspace":null}');
    mkdirSync(join(dataDir, 'modules'), { recursive: true });
    writeFileSync(
      join(dataDir, 'modules', 'modules.json'),
      '{"Modules":[{"Key":"m","Source":"git::https://example.com/m.git","Dir":"m"}]}',
    );
    expect(subcommands((await plan()).calls)).toEqual(['init', 'plan', 'providers']);
  });

  it('shows the plan where there are no schemas, and asks for them again an hour later', async () => {
    const builtinOnly =
      '#!/bin/sh\ncase "$PWD" in */builtin) exec "$(dirname "$0")/player" "$@" ;; *) exit 1 ;; esac\n';
    script(join(engine, '..', 'player'), PLAYER);
    script(`${engine}.providers`, builtinOnly);
    const first = await plan();
    expect(subcommands(first.calls)).toEqual(['init', 'plan', 'providers', 'show']);
    expect(first.outcome.notes).toContain('show: the saved plan is not as expected: the engine prints no schemas');
    expect(first.outcome.projection).toEqual(await shown());
    expect(subcommands((await plan()).calls)).toEqual(['plan', 'show']);
    utimesSync(join(first.context.paths.dataDir ?? '', SCHEMA_FILE), 1, 1);
    expect(subcommands((await plan()).calls)).toEqual(['plan', 'providers', 'show']);
  });

  it.each([
    ['is damaged', `dd if=/dev/zero of="$out" bs=1 seek=500 count=20 conv=notrunc 2>/dev/null; cat "$stream"; exit 2`],
    ['is none', `echo hello > "$out"; cat "$stream"; exit 2`],
    ['is not there', `rm "$out"; cat "$stream"; exit 2`],
    ['is of another plan', `cp "${planFixture('mixed.tfplan')}" "$out"; cat "$stream"; exit 2`],
    ['is encrypted', `printf '{"meta":{},"encrypted_data":"x"}' > "$out"; cat "$stream"; exit 2`],
  ])('shows the plan where its file %s', async (_name, lines) => {
    const head = `for arg; do case "$arg" in -out=*) out="\${arg#-out=}" ;; esac; done`;
    const fixture = `stream="${planFixture('providers.stream.jsonl')}"\ncp "${planFixture('providers.tfplan')}" "$out"`;
    script(`${engine}.plan`, `#!/bin/sh\n${head}\n${fixture}\n${lines}\n`);
    const { outcome, calls } = await plan({ speculative: true });
    expect(subcommands(calls).at(-1)).toBe('show');
    expect(outcome.projection).toEqual(await shown());
    expect(outcome.notes.filter((note) => note.startsWith('show: '))).toHaveLength(1);
  });

  it('is read again by a run that is adopted, without another process', async () => {
    const { context } = await plan();
    const before = harness.calls.length;
    for (const step of planSteps.slice(-1)) await step.run(context);
    expect(subcommands(harness.calls.slice(before))).toEqual([]);
  });
});

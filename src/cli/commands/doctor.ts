import { resolve } from 'node:path';
import { loadServerConfig } from '../../config/load-server-config.ts';
import type { CommandContext, CommandDefinition } from '../command.ts';
import type { Check } from '../doctor/check.ts';
import { checkService } from '../doctor/check-service.ts';
import { checkChannels, checkConfig, checkReach, checkRepositories } from '../doctor/checks-of-config.ts';
import { checkDatabase, checkDataDir, checkListen } from '../doctor/checks-of-data.ts';
import { checkInstance } from '../doctor/checks-of-instance.ts';
import { checkEngines, checkGit, checkNode, checkRedis } from '../doctor/checks-of-machine.ts';
import { renderDoctorText } from '../doctor/doctor-text.ts';
import { readInstanceFile } from '../find-instance.ts';
import { readDataDir } from '../read-data-dir.ts';

export const command: CommandDefinition = {
  name: 'doctor',
  summary: 'What is found, what is missing, and the way out',
  description:
    'Looks at everything Holdfast needs: Node, git, terraform or tofu, Redis, the configuration, the data folder, the ' +
    'database, every repository and channel; and asks a running instance how it fares. It changes nothing.',
  needsServer: true,
  arguments: [],
  options: [],
  examples: [
    ['holdfast doctor', 'look at all of it'],
    ['holdfast doctor --json | jq \'.checks[] | select(.status != "ok")\'', 'what is not well'],
  ],
  exits: '0 ready to go (warnings included), 1 something is to be mended.',
  async run(context) {
    const checks = await examine(context);
    const hasErrors = checks.some(({ status }) => status === 'error');
    const json = {
      ok: !hasErrors,
      checks: checks.map(({ name, status, detail, wayOut }) => ({ name, status, detail, way_out: wayOut })),
    };
    return { exit: hasErrors ? 1 : 0, json, text: (text) => renderDoctorText(checks, text) };
  },
};

async function examine(context: CommandContext): Promise<Check[]> {
  const { deps, globals } = context;
  const ports = deps.doctor;
  const loaded = loadServerConfig({ file: globals.config, cwd: deps.cwd, env: deps.env });
  const file = resolve(deps.cwd, globals.config ?? deps.env.HOLDFAST_CONFIG ?? 'server.yaml');
  const { config } = loaded;
  const dataDir = config?.dataDir ?? (await readDataDir({ config: globals.config, env: deps.env, cwd: deps.cwd }));
  const isNamed = globals.server !== undefined || deps.env.HOLDFAST_SERVER !== undefined;
  const isRunning = (await readInstanceFile(dataDir)) !== null && (await ports.holderOf(dataDir)) !== null;
  const checks = await Promise.all([
    checkNode(process.version),
    checkGit(ports),
    checkEngines(ports, config?.engines.dir ?? null),
    checkRedis(ports, config),
    checkConfig(file, config, loaded.problems),
    checkDataDir(dataDir, ports),
    ports.serviceOf(dataDir).then(checkService),
    config === null ? [] : checkListen(config, isRunning),
    config === null ? [] : checkDatabase(config, isRunning, ports),
    config === null ? [] : checkRepositories(config, ports),
    config === null ? [] : checkChannels(config.channels),
    config === null ? [] : checkReach(config),
    isRunning || isNamed ? context.api().then(checkInstance) : notRunning(),
  ]);
  return checks.flat();
}

function notRunning(): Check {
  return { name: 'instance', status: 'skipped', detail: 'none runs here', wayOut: '' };
}

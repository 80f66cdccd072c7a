import { clean } from '../../api/text/clean.ts';
import { channelServiceOf } from '../../config/channel-service.ts';
import type { Problem } from '../../config/problem.ts';
import { renderProblem } from '../../config/problem.ts';
import type { ChannelSettings, ServerConfig } from '../../config/server-config.ts';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Check, DoctorPorts } from './check.ts';

/** server.yaml: one check a problem, or one that it is fine. */
export function checkConfig(file: string, config: ServerConfig | null, problems: readonly Problem[]): Check[] {
  const found = problems.map((problem): Check => {
    const status = problem.severity === 'error' ? 'error' : problem.severity === 'warning' ? 'warning' : 'ok';
    return {
      name: 'config',
      status,
      detail: renderProblem({ ...problem, wayOut: null }),
      wayOut: problem.wayOut ?? '',
    };
  });
  if (config === null || problems.some(({ severity }) => severity === 'error')) return found;
  if (config.configFile === null) {
    const wayOut = 'write one with `holdfast init`';
    return [...found, { name: 'config', status: 'warning', detail: `there is no ${file}: all defaults`, wayOut }];
  }
  const none = config.repositories.length === 0;
  const wayOut = none ? 'add one under `repositories:`' : '';
  const watched = none ? 'and watches no repository' : `and watches ${config.repositories.length}`;
  return [...found, { name: 'config', status: none ? 'warning' : 'ok', detail: `${file} is valid ${watched}`, wayOut }];
}

/** Every repository answers. */
export async function checkRepositories(config: ServerConfig, ports: DoctorPorts): Promise<Check[]> {
  return Promise.all(
    config.repositories.map(async (repository): Promise<Check> => {
      const name = `repository ${repository.name}`;
      try {
        return { name, status: 'ok', detail: clean(await ports.probeRepository(repository, config)), wayOut: '' };
      } catch (error) {
        // The watcher waits for its first push: nothing is to be mended.
        if (error instanceof HoldfastError && error.details.empty === true) {
          return {
            name,
            status: 'warning',
            detail: clean(messageOf(error)),
            wayOut: 'push the first commit; it will be seen',
          };
        }
        const wayOut = 'check `url`, `branch` and `credentials`, and whether its host can be reached from here';
        return { name, status: 'error', detail: clean(messageOf(error)), wayOut };
      }
    }),
  );
}

/** Channels have URLs that their type can have. Nothing is sent. */
export function checkChannels(channels: readonly ChannelSettings[]): Check[] {
  if (channels.length === 0) {
    const wayOut = 'add one under `channels:` to be told of plans';
    return [{ name: 'channels', status: 'warning', detail: 'none is configured: nobody is told anything', wayOut }];
  }
  return channels.map((channel): Check => {
    const name = `channel ${channel.name}`;
    const url = URL.canParse(channel.url.reveal()) ? new URL(channel.url.reveal()) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return { name, status: 'error', detail: `its url is no http(s) URL`, wayOut: 'copy the webhook URL whole' };
    }
    // Host alone: the path of a chat's webhook URL is its secret.
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      const wayOut = 'use https: the URL is a secret';
      return { name, status: 'warning', detail: `${channel.type} at ${url.host}, unencrypted`, wayOut };
    }
    const service = channelServiceOf(url.href);
    if (service !== null && service !== channel.type && channel.type !== 'webhook') {
      const detail = `its type is ${channel.type}, and ${url.host} takes messages of type ${service}`;
      return { name, status: 'warning', detail, wayOut: `write \`type: ${service}\`, or another \`url\`` };
    }
    return {
      name,
      status: 'ok',
      detail: `${channel.type} at ${url.host} (nothing was sent)`,
      wayOut: `see how it looks: holdfast notify test ${channel.name}`,
    };
  });
}

/** What remains, said aloud: what configuration that is planned here could read. */
export function checkReach(config: ServerConfig): Check {
  const name = 'what a plan can read';
  if (config.workers.count === 0) {
    return { name, status: 'ok', detail: 'no worker runs here, so no plan does', wayOut: '' };
  }
  const detail =
    `plans run as this user, so whoever may push to a watched branch can read what this user can: ` +
    `${config.dataDir} with its keys, database and admin.token included`;
  const wayOut =
    'watch only branches of people you trust, or run `holdfast serve` here and `holdfast worker` elsewhere';
  return { name, status: 'warning', detail, wayOut };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

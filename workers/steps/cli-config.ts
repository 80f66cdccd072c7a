import { HoldfastError } from '../../src/kernel/errors.ts';

/**
 * The engine's CLI configuration, always our own: an explicit `provider_installation` keeps it from running a provider that a
 * repository holds under `terraform.d/plugins`. With a mirror, providers come from there alone. `cache`: where they are
 * unpacked once for all.
 */
export function cliConfigText(mirror: string | null, cache: string | null = null): string {
  const method = mirror === null ? '  direct {}' : `  filesystem_mirror {\n    path = ${quote(mirror)}\n  }`;
  const kept = cache === null ? '' : `plugin_cache_dir = ${quote(cache)}\n`;
  return `disable_checkpoint = true\n${kept}\nprovider_installation {\n${method}\n}\n`;
}

function quote(path: string): string {
  if (/["\\\n\r$%]/.test(path)) {
    throw new HoldfastError(
      'invalid',
      `\`providers.mirror\` is ${JSON.stringify(path)}; choose a path without quotes, \`\\\`, \`$\` and \`%\``,
    );
  }
  return `"${path}"`;
}

const SERVICES: readonly (readonly [hosts: RegExp, type: string])[] = [
  [/^hooks\.slack\.com$/, 'slack'],
  [/^(.+\.)?discord(app)?\.com$/, 'discord'],
  [/^chat\.googleapis\.com$/, 'google_chat'],
  [/\.webhook\.office\.com$|\.logic\.azure\.com$|\.api\.powerplatform\.com$/, 'teams'],
];

/** The type of channel that an address belongs to, where its host says so; Discord speaks like Slack under `/slack`. */
export function channelServiceOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { hostname, pathname } = new URL(url);
  const [, type] = SERVICES.find(([hosts]) => hosts.test(hostname)) ?? [null, null];
  return type === 'discord' && pathname.endsWith('/slack') ? 'slack' : type;
}

import { expect, test } from 'vitest';
import { diagnoseServer } from './diagnose-server.ts';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';
import { holdfastTemplate, repositoryNameOf, serverTemplate } from './templates.ts';
import { parseYaml } from './yaml-document.ts';

const subject = { name: 'infra', url: '/srv/repos/my infra: #1', branch: 'release/1.0' };

function diagnoseTemplate(text: string) {
  const readFile = (file: string) => ({ text: 'x', file });
  const env = { GIT_TOKEN: 'x', WEBHOOK_SECRET: 'x', OPS_WEBHOOK_URL: 'https://hooks.example.com/x' };
  const document = parseYaml(Buffer.from(text), 'server.yaml');
  return diagnoseServer(document, { env, flags: {}, readFile, readOutside: readFile });
}

/** With every key that is only a comment switched on. */
const uncommented = (text: string) => text.replace(/^( *)#(?=[^ ]| {2})/gm, '$1');

test('the server template is valid and watches what it was made for', () => {
  const { problems, parsed } = diagnoseTemplate(serverTemplate(subject));
  expect(problems.map(renderProblem)).toEqual([]);
  expect(parsed?.repositories).toMatchObject([subject]);
});

test('what the server template has as comments is valid, too', () => {
  const text = uncommented(serverTemplate({ ...subject, url: 'https://git.example.com/a.git' }));
  const { problems, parsed } = diagnoseTemplate(text);
  expect(problems.filter(({ severity }) => severity !== 'notice').map(renderProblem)).toEqual([]);
  expect(parsed).toMatchObject({ channels: [{ name: 'ops' }], environment: [{}, {}], workers: { count: 1 } });
});

test('the template for a repository is valid, with and without its comments', () => {
  const text = holdfastTemplate({});
  expect(parseRepositoryConfig(Buffer.from(text), { now: 0 }).problems).toEqual([]);
  const config = parseRepositoryConfig(Buffer.from(uncommented(text)), { now: 0 });
  expect(config.problems).toEqual([]);
  expect(config.stacks).toMatchObject([{ name: 'network-prod', engine_version: '1.11.4' }]);
});

test('templates name their schema, and hold no password of the URL', () => {
  const text = serverTemplate({
    ...subject,
    url: 'https://me:canary@git.example.com/a',
    schemas: 'https://x/schemas/',
  });
  expect(text).toMatch(/^# yaml-language-server: \$schema=https:\/\/x\/schemas\/server\.schema\.json\n/);
  expect(text).toContain('url: "https://git.example.com/a"');
  expect(text).not.toContain('canary');
});

test.each([
  ['/srv/infra', 'infra'],
  ['/srv/infra.git/', 'infra'],
  ['git@github.com:acme/infra.git', 'infra'],
  ['git@host:infra', 'infra'],
  ['https://x/acme/my%20infra.git?x=1', 'my-20infra'],
  ['/srv/-...', 'infra'],
  ['/', 'infra'],
])('%s is called %s', (url, name) => {
  expect(repositoryNameOf(url)).toBe(name);
});

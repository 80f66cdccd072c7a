import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { DRIFT_CASES, fixtureOf } from './drift-cases/index.ts';
import { DriftLab } from './drift-lab.ts';
import { startS3Server } from './s3-server.ts';

/**
 * Makes `test/fixtures/drift/` anew: `npm run fixtures`. It needs terraform on PATH and what `test/support/real/build fixtures`
 * builds: providers in a mirror (HOLDFAST_TEST_MIRROR) and an S3 server (HOLDFAST_TEST_S3, its binary).
 */
const TARGET = new URL('../fixtures/drift/', import.meta.url).pathname;
const { HOLDFAST_TEST_MIRROR: mirror, HOLDFAST_TEST_S3: binary } = process.env;
if (!mirror || !binary) {
  console.error('set HOLDFAST_TEST_MIRROR and HOLDFAST_TEST_S3 as `test/support/real/build fixtures` prints them');
  process.exit(1);
}
const only = process.argv[2];
const s3 = await startS3Server(binary);
const lab = new DriftLab({ mirror, s3 });
const failed: string[] = [];
try {
  if (only === undefined) rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET, { recursive: true });
  for (const [name, drift] of Object.entries(DRIFT_CASES)) {
    if (only !== undefined && !name.includes(only)) continue;
    try {
      writeFileSync(`${TARGET}${fixtureOf(name)}`, `${lab.plan(drift).trim()}\n`);
      console.log(name);
    } catch (error) {
      failed.push(name);
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  lab.close();
  await s3.stop();
}
const versions = readdirSync(`${mirror}/registry.terraform.io/hashicorp`).flatMap((name) =>
  readdirSync(`${mirror}/registry.terraform.io/hashicorp/${name}`).map((version) => `${name} ${version}`),
);
writeFileSync(
  `${TARGET}VERSIONS.txt`,
  `made with the providers ${versions.join(', ')}; terraform's own stands in each plan\n`,
);
if (failed.length > 0) process.exitCode = 1;

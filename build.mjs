// Builds dist/, which package and image carry in place of src/ and workers/ (Node strips no types under node_modules).
// dist/ keeps the tree as it is (dist/src, dist/workers, dist/package.json), so that every relative import and every
// asset beside its source is found as in a checkout; dist/main.js only leads there.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const ASSET = /\.(sh|wasm)$/;

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (compiled.status !== 0) {
  console.error(`the build failed: tsc ended with ${compiled.status ?? compiled.signal}`);
  process.exit(1);
}
for (const folder of ['src', 'workers']) {
  for (const file of readdirSync(join(root, folder), { recursive: true })) {
    if (!ASSET.test(file)) continue;
    mkdirSync(dirname(join(dist, folder, file)), { recursive: true });
    cpSync(join(root, folder, file), join(dist, folder, file));
  }
}
writeFileSync(join(dist, 'main.js'), "import './src/main.js';\n");

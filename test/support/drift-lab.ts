import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { cliConfigText } from '../../workers/steps/cli-config.ts';
import type { DriftCase, DriftWorld } from './drift-cases/drift-case.ts';
import type { StateDocument } from './plan-cases.ts';
import type { S3Server } from './s3-server.ts';

const FILES_MODULE = `variable "name" {}
resource "local_file" "f" {
  filename = "\${path.root}/world/\${var.name}.txt"
  content  = "x"
}
`;

/** Makes real plans of drift cases, each in a folder of its own. */
export class DriftLab {
  readonly #root = mkdtempSync(join(tmpdir(), 'holdfast-drift-'));
  readonly #options: { readonly mirror: string; readonly s3: S3Server | null };
  #made = 0;

  /** `mirror`: a folder with providers; `s3`: the server of cases that need one. */
  constructor(options: { readonly mirror: string; readonly s3: S3Server | null }) {
    this.#options = options;
    writeFileSync(join(this.#root, 'cli.tfrc'), cliConfigText(options.mirror));
  }

  /** `show -json` of the case's plan. */
  plan(drift: DriftCase): string {
    const dir = join(this.#root, String(this.#made++));
    const bucket = `hf-${this.#made}-${process.pid}`;
    mkdirSync(join(dir, 'world'), { recursive: true });
    mkdirSync(join(dir, 'files'));
    writeFileSync(join(dir, 'files', 'main.tf'), FILES_MODULE);
    writeFileSync(join(dir, 'world', 'seen.txt'), 'one');
    const write = (text: string) => writeFileSync(join(dir, 'main.tf'), this.#text(text, bucket));
    const terraform = (...words: string[]) => this.#run(dir, words);
    if (drift.needsS3) this.#options.s3?.makeBucket(bucket);
    const world: DriftWorld = {
      dir,
      editState(edit) {
        const path = join(dir, 'terraform.tfstate');
        const state = JSON.parse(readFileSync(path, 'utf8')) as StateDocument;
        edit(state);
        writeFileSync(path, JSON.stringify(state));
      },
      terraform,
      elsewhere: (text) => this.#elsewhere(dir, 'else', text, bucket),
    };
    drift.before?.(world);
    write(drift.applied);
    terraform('init', '-no-color');
    terraform('apply', '-auto-approve', '-no-color');
    drift.outside?.(world);
    write(drift.planned ?? drift.applied);
    terraform('init', '-no-color');
    terraform('plan', '-out=plan', '-no-color', ...(drift.args ?? []));
    return terraform('show', '-json', 'plan').replaceAll(bucket, 'a-bucket').replaceAll(dir, '/stack');
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** `DESTROY name` takes an object away; what is no S3 text becomes the state of another stack. */
  #elsewhere(dir: string, name: string, text: string, bucket: string): void {
    const place = join(dir, `${name}-${this.#made++}`);
    mkdirSync(place);
    const [, lost] = /^DESTROY (\w+)$/.exec(text) ?? [];
    const object = `resource "aws_s3_bucket_object" "${lost}" {\n  bucket = "BUCKET"\n  key = "${lost}.json"\n  content = "x"\n}\n`;
    const what = lost === undefined ? text : object;
    writeFileSync(join(place, 'main.tf'), this.#text(what, bucket));
    this.#run(place, ['init', '-no-color']);
    this.#run(place, ['apply', '-auto-approve', '-no-color']);
    if (lost !== undefined) this.#run(place, ['destroy', '-auto-approve', '-no-color']);
    if (/^output/.test(text)) writeFileSync(join(dir, 'net.tfstate'), readFileSync(join(place, 'terraform.tfstate')));
  }

  #text(text: string, bucket: string): string {
    const names = [...new Set([...text.matchAll(/"(aws|local|null|random|time|tls)_/g)].map(([, name]) => name ?? ''))];
    if (text.includes('module "m"')) names.push('local');
    const required = names.map((name) => `    ${name} = { source = "hashicorp/${name}" }\n`).join('');
    const provider = names.includes('aws') ? awsProvider(this.#options.s3?.url ?? '') : '';
    return `terraform {\n  required_providers {\n${required}  }\n}\n${provider}${text.replaceAll('BUCKET', bucket)}`;
  }

  #run(cwd: string, words: readonly string[]): string {
    const { PATH = '' } = process.env;
    const config = join(this.#root, 'cli.tfrc');
    const env = { PATH, HOME: cwd, TF_CLI_CONFIG_FILE: config, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
    const { exitCode, stdout, stderr } = execaSync('terraform', words, { cwd, env, extendEnv: false, reject: false });
    if (exitCode !== 0) throw new Error(`terraform ${words.join(' ')}: ${stdout}\n${stderr}`);
    return stdout;
  }
}

/** The provider's block for an S3 server of loopback: nothing in it is secret. */
export function awsProvider(url: string): string {
  const skip = [
    'credentials_validation',
    'requesting_account_id',
    'metadata_api_check',
    'region_validation',
    'get_ec2_platforms',
  ];
  return `provider "aws" {
  region              = "us-east-1"
  access_key          = "testkey"
  secret_key          = "testsecret"
  s3_force_path_style = true
${skip.map((name) => `  skip_${name} = true\n`).join('')}  endpoints {
    s3 = "${url}"
  }
}
`;
}

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TinyStacks } from './tiny-stacks.ts';
import { runXargs } from './xargs-loop.ts';

/** What we give terraform where only its own providers are used. */
export const TUNED = { GOGC: '400', GOMAXPROCS: '1' };

/**
 * The least that planning each stack once costs with its state kept elsewhere: `terraform plan` alone, tuned, three at a
 * time, its state from a server that only answers. Nothing that starts terraform once a run can be quicker.
 */
export class EngineFloor {
  readonly #clone: string;
  readonly #stacks: TinyStacks;
  readonly #server: Server;

  private constructor(clone: string, stacks: TinyStacks, server: Server) {
    this.#clone = clone;
    this.#stacks = stacks;
    this.#server = server;
  }

  /** Clones and initialises into `dir`, which must not exist, and remembers the states of now. */
  static async open(dir: string, stacks: TinyStacks): Promise<EngineFloor> {
    const states = new Map(stacks.names.map((name) => [`/${name}`, stacks.stateOf(name)]));
    const server = createServer((request, response) => response.end(states.get(request.url ?? '')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    execFileSync('git', ['clone', '--quiet', stacks.repository.dir, dir]);
    for (const name of stacks.names) {
      writeFileSync(join(dir, name, 'backend_override.tf'), 'terraform {\n  backend "http" {}\n}\n');
    }
    const floor = new EngineFloor(dir, stacks, server);
    await floor.#each('terraform init -input=false');
    return floor;
  }

  /** Plans every stack at the newest commit; answers how long it took, in ms. */
  async plan(): Promise<number> {
    execFileSync('git', ['pull', '--quiet', '--ff-only'], { cwd: this.#clone });
    return this.#each('terraform plan -json -input=false -out=tfplan');
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #each(command: string): Promise<number> {
    const { port } = this.#server.address() as AddressInfo;
    const addressed = `TF_HTTP_ADDRESS=http://127.0.0.1:${port}/$1 ${command}`;
    return runXargs({ dir: this.#clone, stacks: this.#stacks.names, parallel: 3, command: addressed, env: TUNED });
  }
}

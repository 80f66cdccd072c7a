import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { type CallIntent, readIntent, syncDirectory } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { type RunDirectory, readAttempt } from '../../src/platform/process/run-directory.ts';
import type { ApplyClient } from '../control/apply-client.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { WorkingCopies } from '../working-copies.ts';
import { createLedger } from './apply-ledger.ts';
import { APPLY_CALL } from './apply-runner.ts';
import { type ErroredState, findErroredState, readErroredState } from './errored-state.ts';
import { isUnsearched, SEARCHED } from './unsearched.ts';

export interface StrayStatesDeps {
  readonly root: string;
  readonly copies: WorkingCopies;
  readonly applies: Pick<ApplyClient, 'sendStrayState'>;
  readonly logger: Logger;
  readonly retry: RetryOptions;
}

const FILE = /^(.+)-(\d+)\.tfstate$/;

/**
 * States that terraform could not save in applies which are no longer this worker's: given up by a person while they ran.
 * Each is moved to `rescued/` before its working copy may go, and stays there until the control plane has it.
 */
export class StrayStates {
  readonly #deps: StrayStatesDeps;
  readonly #followed = new Set<string>();
  #sending: Promise<void> = Promise.resolve();

  constructor(deps: StrayStatesDeps) {
    this.#deps = deps;
  }

  /** Waits for the engine of a given-up apply that no session follows, holding its working copy; never rejects. */
  async follow(directory: RunDirectory): Promise<void> {
    if (this.#followed.has(directory.path) || !isUnsearched(directory.path)) return;
    this.#followed.add(directory.path);
    try {
      const intent = await readIntent(join(directory.path, APPLY_CALL));
      const { copies } = this.#deps;
      const key = intent && this.#placeOf(intent).key;
      const isOwner = key !== null && (await copies.ownerOf(key)) === directory.run;
      const letGo = isOwner ? await copies.take(key, directory.run, 'running') : async () => {};
      await this.collect(directory).finally(() => letGo('keep'));
    } catch (error) {
      this.#complain(directory, error);
    } finally {
      this.#followed.delete(directory.path);
    }
  }

  /** Brings what the apply of this directory could not save into safety, and sends it; never rejects. */
  async collect(directory: RunDirectory): Promise<void> {
    try {
      if (!isUnsearched(directory.path)) return;
      const call = join(directory.path, APPLY_CALL);
      await waitForEnd(call, this.#deps.retry.clock);
      const intent = await readIntent(call);
      if (intent) await this.#search(directory, intent);
      await writeFile(join(directory.path, SEARCHED), '', { mode: 0o600 });
      void this.send();
    } catch (error) {
      this.#complain(directory, error);
    }
  }

  /** Sends everything that lies in `rescued/`, one after the other; what is refused stays for people. Never rejects. */
  send(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#sendAll()).catch(() => {});
    return this.#sending;
  }

  async #search(directory: RunDirectory, intent: CallIntent): Promise<void> {
    if (await isFile(join(directory.path, 'errored-state-kept'))) return;
    const outFile = join(directory.path, APPLY_CALL, 'out');
    const { hasDump } = await readLedger(outFile);
    for (const stackDir of await this.#places(directory.run, intent)) {
      const found = await findErroredState({ stackDir, outFile, meantAt: intent.at, hasDump });
      if (found === null) continue;
      const name = `${directory.run}-${await readAttempt(directory)}.tfstate`;
      await this.#bringToSafety(found, stackDir, name);
      return;
    }
  }

  async #bringToSafety(found: ErroredState | 'unreadable', stackDir: string, name: string): Promise<void> {
    const rescued = join(this.#deps.root, 'rescued');
    await mkdir(rescued, { recursive: true, mode: 0o700 });
    const file = join(rescued, name);
    const isWhole = found !== 'unreadable' && found.from === 0;
    if (found === 'unreadable' || isWhole) {
      // By its name alone: the disk may be full.
      const source = join(stackDir, 'errored.tfstate');
      await chmod(source, 0o600);
      await rename(source, isWhole ? file : `${file}.part`);
    } else {
      await pipeline(readErroredState(found), createWriteStream(`${file}.new`, { mode: 0o600 }));
      await rename(`${file}.new`, file);
    }
    if (found !== 'unreadable') await syncFile(file);
    await syncDirectory(rescued);
    const facts = { file: isWhole || found !== 'unreadable' ? file : `${file}.part` };
    this.#deps.logger.error(facts, 'a state that terraform could not save was found after its run was given up');
  }

  async #sendAll(): Promise<void> {
    const { root, applies, retry, logger } = this.#deps;
    for (const name of await readdir(join(root, 'rescued')).catch(() => [])) {
      const [, run, attempt] = FILE.exec(name) ?? [];
      const file = join(root, 'rescued', name);
      if (run === undefined || retry.signal?.aborted || !(await isFile(file))) continue;
      try {
        const { size } = await stat(file);
        const ref = { run, attempt: Number(attempt) };
        const send = () => applies.sendStrayState(ref, { stream: createReadStream(file), size });
        await retryForever('stray-state', send, retry);
        await rm(file);
        logger.warn({ run }, 'a state that terraform could not save is kept by the control plane now');
      } catch (error) {
        const what = 'a state that terraform could not save is not taken by the control plane; it stays here';
        if (!retry.signal?.aborted) logger.error({ run, file, reason: messageOf(error) }, what);
      }
    }
  }

  /** Where its working copy may lie: as the plan made it, or put aside. */
  async #places(run: string, intent: CallIntent): Promise<string[]> {
    const { key, rest } = this.#placeOf(intent);
    const isOwner = (await this.#deps.copies.ownerOf(key)) === run;
    return [...(isOwner ? [intent.cwd] : []), join(this.#deps.root, 'kept', run, rest)];
  }

  #placeOf({ cwd }: CallIntent): { key: string; rest: string } {
    const [key = '', ...rest] = relative(join(this.#deps.root, 'work'), cwd).split(sep);
    if (key !== '' && key !== '..') return { key, rest: rest.join(sep) };
    throw new HoldfastError('internal', `the apply ran in ${cwd}, which is no working copy`);
  }

  #complain({ run, path }: RunDirectory, error: unknown): void {
    const facts = { run, path, reason: messageOf(error) };
    this.#deps.logger.error(facts, 'the copy of a given-up apply could not be searched; its files stay');
  }
}

/** Only whether there is a dump: nothing of the stream is kept. */
async function readLedger(outFile: string): Promise<{ hasDump: boolean }> {
  const ledger = createLedger({ dir: '', work: '/', mask: String });
  try {
    for await (const chunk of createReadStream(outFile, { highWaterMark: 128 * 1024 })) ledger.push(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return ledger.end();
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

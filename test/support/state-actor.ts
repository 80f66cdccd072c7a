import { ADMIN_TOKEN } from './state-backend.ts';
import { StateClient, type StateReply, stateOf } from './state-client.ts';
import type { StateEvent } from './state-history.ts';

/** What all clients of a random test share. */
export interface StateField {
  readonly url: string;
  /** Default: the token of `startStateBackend`. */
  readonly token?: string;
  readonly stacks: readonly string[];
  readonly events: StateEvent[];
  /** Requests that were answered otherwise than they had to be. */
  readonly wrong: string[];
  /** Numbers every beginning and end of a request, in one order. */
  tick(): number;
  /** Told after every request that got its answer. */
  onAnswer(): void;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One client: locks, reads, writes, does what must be refused, unlocks; repeats what got no answer, as terraform does. */
export class StateActor {
  readonly #field: StateField;
  readonly #id: number;
  readonly #random: () => number;
  #count = 0;

  constructor(field: StateField, id: number, random: () => number) {
    this.#field = field;
    this.#id = id;
    this.#random = random;
  }

  /** One visit: about eight requests. */
  async visit(): Promise<void> {
    const { stacks } = this.#field;
    const stack = stacks[Math.floor(this.#random() * stacks.length)] ?? '';
    const client = new StateClient(this.#field.url, stack, this.#field.token ?? ADMIN_TOKEN);
    await this.#read(stack, client);
    const lockId = `c${this.#id}-${this.#count++}`;
    if (!(await this.#lock(stack, client, lockId))) return;
    const current = await this.#read(stack, client);
    let serial = current;
    for (let i = this.#random() * 3; i > 0; i--) {
      serial += 1 + Math.floor(this.#random() * 2);
      await this.#write(stack, client, lockId, serial);
      if (this.#random() < 0.5) await this.#mustBeRefused(stack, client, lockId, serial);
    }
    await this.#request(stack, 'unlock', lockId, () => client.unlock(lockId), 0, '');
  }

  async #lock(stack: string, client: StateClient, lockId: string): Promise<boolean> {
    for (let tries = 0; tries < 400; tries++) {
      const { reply, from, to } = await this.#answered(() => client.lock(lockId));
      if (reply.status === 200) {
        this.#record({ stack, kind: 'lock', lockId, from, to, serial: 0, text: '' });
        return true;
      }
      this.#expect(reply, [423], `${stack}: LOCK`);
      await pause(5 + this.#random() * 20);
    }
    return false;
  }

  async #read(stack: string, client: StateClient): Promise<number> {
    const { reply, from, to } = await this.#answered(() => client.get());
    this.#expect(reply, [200, 404], `${stack}: GET`);
    const serial = reply.status === 200 ? (JSON.parse(reply.text) as { serial: number }).serial : 0;
    this.#record({ stack, kind: 'read', lockId: '', from, to, serial, text: reply.status === 200 ? reply.text : '' });
    return serial;
  }

  #write(stack: string, client: StateClient, lockId: string, serial: number): Promise<void> {
    const text = stateOf(serial, stack, `${lockId} ${'x'.repeat(Math.floor(this.#random() ** 4 * 200_000))}`);
    return this.#request(stack, 'write', lockId, () => client.post(lockId, text), serial, text);
  }

  async #mustBeRefused(stack: string, client: StateClient, lockId: string, serial: number): Promise<void> {
    const next = stateOf(serial + 1, stack, 'never');
    const attempts: [string, () => Promise<StateReply>][] = [
      ['another lock id', () => client.post(`${lockId}-stale`, next)],
      ['no lock id', () => client.post(null, next)],
      ['an older serial', () => client.post(lockId, stateOf(serial - 1, stack, 'never'))],
      ['other bytes of the same serial', () => client.post(lockId, stateOf(serial, stack, 'never'))],
      ['another lineage', () => client.post(lockId, stateOf(serial + 1, 'foreign'))],
      ['a wrong MD5', () => client.post(lockId, next, { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })],
      ['half a state', () => client.post(lockId, next.slice(0, -9))],
      ['a second lock', () => client.lock(`${lockId}-second`)],
      ["somebody else's unlock", () => client.unlock(`${lockId}-other`)],
    ];
    const [what, send] = attempts[Math.floor(this.#random() * attempts.length)] ?? ['', () => client.get()];
    const { reply } = await this.#answered(send);
    this.#expect(reply, [400, 409, 423], `${stack}: ${what}`);
  }

  async #request(
    stack: string,
    kind: StateEvent['kind'],
    lockId: string,
    send: () => Promise<StateReply>,
    serial: number,
    text: string,
  ): Promise<void> {
    const { reply, from, to } = await this.#answered(send);
    this.#expect(reply, [200], `${stack}: ${kind}`);
    if (reply.status === 200) this.#record({ stack, kind, lockId, from, to, serial, text });
  }

  /** Sends until there is an answer that is final: a dead server and a 5xx are asked again. */
  async #answered(send: () => Promise<StateReply>): Promise<{ reply: StateReply; from: number; to: number }> {
    const from = this.#field.tick();
    for (;;) {
      const reply = await send().catch(() => null);
      if (reply && reply.status < 500) {
        this.#field.onAnswer();
        return { reply, from, to: this.#field.tick() };
      }
      if (reply?.status === 500) this.#field.wrong.push(`500: ${reply.text}`);
      await pause(30);
    }
  }

  #record(event: Omit<StateEvent, 'client'>): void {
    this.#field.events.push({ ...event, client: this.#id });
  }

  #expect(reply: StateReply, statuses: readonly number[], what: string): void {
    if (!statuses.includes(reply.status)) this.#field.wrong.push(`${what} got ${reply.status} ${reply.text}`);
  }
}

import { hclQuote } from './hcl-quote.ts';

/** One instance in a state: its address as terraform prints it, and the attributes that were asked for, as text. */
export interface StateInstance {
  readonly address: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Where in the document a brace stands; `other` is walked over. */
type Place = 'top' | 'resources' | 'resource' | 'instances' | 'instance' | 'attributes' | 'other';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Longer texts are no address and no id. */
const CAPTURE_BYTES = 16_384;
const WANTED: Partial<Record<Place, ReadonlySet<string>>> = {
  resource: new Set(['module', 'mode', 'type', 'name']),
  instance: new Set(['index_key']),
};

/**
 * Walks over the bytes of a state (valid JSON: it was checked when it was stored) and hands over its instances. Memory
 * for one resource at a time, in any chunks.
 */
export class StateWalker {
  readonly #onInstance: (instance: StateInstance) => void;
  readonly #attributeKeys: ReadonlySet<string>;
  readonly #places: Place[] = [];
  readonly #keys: (string | null)[] = [];
  #text: number[] | null = null;
  #inString = false;
  #isEscaped = false;
  #inScalar = false;
  /** A key, and not a value, comes next where an object is open. */
  #expectsKey = false;
  #resource = new Map<string, string>();
  #instance = new Map<string, string>();
  #attributes = new Map<string, string>();
  #instances: { index: string | null; attributes: Map<string, string> }[] = [];

  constructor(attributeKeys: Iterable<string>, onInstance: (instance: StateInstance) => void) {
    this.#attributeKeys = new Set(attributeKeys);
    this.#onInstance = onInstance;
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString && this.#text === null && !this.#isEscaped) {
        // Nobody wants this text: on to what could end it.
        while (at < chunk.length && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at++;
        if (at === chunk.length) return;
      }
      this.#byte(chunk[at] as number);
    }
  }

  #byte(byte: number): void {
    if (this.#inString) this.#stringByte(byte);
    else if (this.#inScalar && !isDelimiter(byte)) this.#text?.push(byte);
    else this.#structureByte(byte);
  }

  #structureByte(byte: number): void {
    if (this.#inScalar) {
      this.#inScalar = false;
      this.#takeValue();
    }
    if (byte === QUOTE) this.#beginString();
    else if (byte === 0x7b || byte === 0x5b) this.#open(byte === 0x7b);
    else if (byte === 0x7d || byte === 0x5d) this.#close();
    else if (byte === 0x3a) this.#expectsKey = false;
    else if (byte === 0x2c) this.#expectsKey = this.#isInObject();
    else if (!isDelimiter(byte)) this.#beginScalar(byte);
  }

  #stringByte(byte: number): void {
    this.#capture(byte);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#expectsKey) this.#takeKey();
      else this.#takeValue();
    }
  }

  #beginString(): void {
    this.#inString = true;
    const isWanted = this.#expectsKey ? this.#place() !== 'other' : this.#isWanted();
    this.#text = isWanted ? [QUOTE] : null;
  }

  #beginScalar(byte: number): void {
    this.#inScalar = true;
    this.#text = this.#isWanted() ? [byte] : null;
  }

  #capture(byte: number): void {
    if (this.#text === null) return;
    if (this.#text.length >= CAPTURE_BYTES) this.#text = null;
    else this.#text.push(byte);
  }

  #takeKey(): void {
    this.#keys[this.#keys.length - 1] = this.#text && (JSON.parse(Buffer.from(this.#text).toString()) as string);
    this.#text = null;
  }

  #takeValue(): void {
    const key = this.#keys.at(-1) ?? null;
    if (this.#text !== null && key !== null) {
      const value: unknown = JSON.parse(Buffer.from(this.#text).toString());
      if (value !== null)
        this.#shelf()?.set(
          key,
          typeof value === 'number' && this.#place() === 'instance' ? `#${value}` : String(value),
        );
    }
    this.#text = null;
  }

  #shelf(): Map<string, string> | null {
    const place = this.#place();
    if (place === 'resource') return this.#resource;
    if (place === 'instance') return this.#instance;
    return place === 'attributes' ? this.#attributes : null;
  }

  #isWanted(): boolean {
    const key = this.#keys.at(-1);
    if (key == null) return false;
    const place = this.#place();
    return place === 'attributes' ? this.#attributeKeys.has(key) : (WANTED[place]?.has(key) ?? false);
  }

  #open(isObject: boolean): void {
    const place = this.#childPlace(isObject);
    if (place === 'resource') {
      this.#resource = new Map();
      this.#instances = [];
    }
    if (place === 'instance') {
      this.#instance = new Map();
      this.#attributes = new Map();
    }
    this.#places.push(place);
    this.#keys.push(isObject ? '' : null);
    this.#expectsKey = isObject;
  }

  #childPlace(isObject: boolean): Place {
    const key = this.#keys.at(-1) ?? null;
    switch (this.#places.at(-1)) {
      case undefined:
        return isObject ? 'top' : 'other';
      case 'top':
        return key === 'resources' && !isObject ? 'resources' : 'other';
      case 'resources':
        return isObject ? 'resource' : 'other';
      case 'resource':
        return key === 'instances' && !isObject ? 'instances' : 'other';
      case 'instances':
        return isObject ? 'instance' : 'other';
      case 'instance':
        return key === 'attributes' && isObject ? 'attributes' : 'other';
      default:
        return 'other';
    }
  }

  #close(): void {
    const place = this.#places.pop();
    this.#keys.pop();
    this.#expectsKey = false;
    if (place === 'instance') {
      this.#instances.push({ index: this.#instance.get('index_key') ?? null, attributes: this.#attributes });
    }
    if (place !== 'resource') return;
    for (const { index, attributes } of this.#instances) {
      this.#onInstance({ address: this.#address(index), attributes });
    }
  }

  #address(index: string | null): string {
    const part = (key: string) => this.#resource.get(key) ?? '';
    const module = part('module') === '' ? '' : `${part('module')}.`;
    const mode = part('mode') === 'data' ? 'data.' : '';
    const key = index === null ? '' : `[${index.startsWith('#') ? index.slice(1) : hclQuote(index)}]`;
    return `${module}${mode}${part('type')}.${part('name')}${key}`;
  }

  #place(): Place {
    return this.#places.at(-1) ?? 'other';
  }

  #isInObject(): boolean {
    return this.#keys.at(-1) !== null;
  }
}

function isDelimiter(byte: number): boolean {
  return byte === 0x2c || byte === 0x7d || byte === 0x5d || byte === 0x3a || byte <= 0x20;
}

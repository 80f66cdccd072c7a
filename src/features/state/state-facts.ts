import { HoldfastError } from '../../kernel/errors.ts';
import { JsonScanner, type TopMember } from './json-scanner.ts';

/** What is read out of a state: nothing else of it is looked at. */
export interface StateFacts {
  readonly serial: number;
  readonly lineage: string;
  readonly terraformVersion: string | null;
  /** Bytes of the serial's digits in the document: a restore writes others there. */
  readonly serialAt: { readonly start: number; readonly end: number };
  /** Of the lineage, with its quotes. */
  readonly lineageAt: { readonly start: number; readonly end: number };
}

const WANTED = new Set(['serial', 'lineage', 'terraform_version']);
const LINEAGE_MAX = 200;

/** Reads the facts of a state while its bytes pass by, and checks that it is valid JSON. Constant memory. */
export class StateFactsReader {
  readonly #members = new Map<string, TopMember>();
  #isObject = false;
  readonly #scanner = new JsonScanner((member) => this.#take(member));

  write(chunk: Uint8Array): void {
    this.#scanner.write(chunk);
  }

  /**
   * The facts; throws `invalid` where the bytes are no state. terraform leaves the lineage empty (`mayBeNew`) in a state that it
   * could not save where there was none before, and could not even ask whether there was.
   */
  end({ mayBeNew }: { readonly mayBeNew: boolean } = { mayBeNew: false }): StateFacts {
    this.#scanner.end();
    if (!this.#isObject) throw invalid('it is not an object with members');
    const serialMember = this.#members.get('serial');
    const serial = serialMember?.value ?? '';
    if (!serialMember || !/^(0|[1-9]\d{0,15})$/.test(serial) || !Number.isSafeInteger(Number(serial))) {
      throw invalid(`its serial must be a whole number, got ${serial === '' ? 'none' : serial.slice(0, 40)}`);
    }
    const lineage = this.#text('lineage');
    const lineageMember = this.#members.get('lineage');
    if (!lineageMember || lineage === null || (lineage === '' && !mayBeNew) || lineage.length > LINEAGE_MAX) {
      throw invalid(`its lineage must be a text of 1 to ${LINEAGE_MAX} characters`);
    }
    const { start, end } = serialMember;
    return {
      serial: Number(serial),
      lineage,
      terraformVersion: this.#text('terraform_version'),
      serialAt: { start, end },
      lineageAt: { start: lineageMember.start, end: lineageMember.end },
    };
  }

  #text(name: string): string | null {
    const raw = this.#members.get(name)?.value ?? null;
    return raw?.startsWith('"') === true ? (JSON.parse(raw) as string) : null;
  }

  #take(member: TopMember): void {
    this.#isObject = true;
    if (member.key === null) return;
    const key = JSON.parse(member.key) as string;
    const name = asGoMatches(key);
    if (!WANTED.has(name)) return;
    // Go would take the last one and ignore case: two readers must never see two serials.
    if (this.#members.has(name) || key !== name) throw invalid(`its key ${JSON.stringify(key)} is ambiguous`);
    this.#members.set(name, member);
  }
}

/** Passes a state's chunks on while its facts are read; throws as soon as they cannot be right. */
export async function* readingFacts(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: StateFactsReader,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    reader.write(chunk);
    yield chunk;
  }
}

/** Go's encoding/json matches keys without regard to case, with Unicode's simple folding (ſ is s, K is k). */
function asGoMatches(key: string): string {
  return key.normalize('NFKC').toLowerCase();
}

function invalid(what: string): HoldfastError {
  return new HoldfastError('invalid', `this is no Terraform state: ${what}`);
}

/**
 * RFC 8259 as one table: `TABLE[state * 256 + byte]` is the next state, an action (what needs the nesting), or `WRONG`.
 * One look-up a byte is what makes a state of 100 MB cheap to check. The states stand there three times: for the
 * outermost object, whose members are handed over, and for what is deeper, in an object or in an array: there only
 * braces and brackets need an action.
 */
export const STATE = {
  value: 0,
  valueOrClose: 1,
  keyOrClose: 2,
  key: 3,
  colon: 4,
  afterValue: 5,
  done: 6,
  string: 7,
  escape: 8,
  hex1: 9,
  hex2: 10,
  hex3: 11,
  hex4: 12,
  minus: 13,
  zero: 14,
  integer: 15,
  dot: 16,
  fraction: 17,
  exponent: 18,
  exponentSign: 19,
  exponentDigits: 20,
  keyText: 21,
  keyEscape: 22,
  keyHex1: 23,
  keyHex4: 26,
  /** From here: the rest of `true`, `false`, `null`, a state per letter. */
  literals: 27,
} as const;

/** What is added to a state: where it stands. */
export const REGION = { top: 0, inObject: 40, inArray: 80 } as const;

export const ACTION = {
  first: 128,
  openObject: 128,
  openArray: 129,
  closeObject: 130,
  closeArray: 131,
  comma: 132,
  beginKey: 133,
  beginString: 134,
  endString: 135,
  /** The first byte of a number or literal; `SCALAR_START` says in which state it goes on. */
  beginScalar: 136,
  /** The last letter of a literal. */
  endLiteral: 137,
  /** The byte after a number: to be read again. */
  endNumber: 138,
} as const;

export const WRONG = 255;

const STATES = 120;
export const TABLE = new Uint8Array(STATES * 256).fill(WRONG);
/** State after the first byte of a number or literal. */
export const SCALAR_START = new Uint8Array(256).fill(WRONG);

const SPACE = ' \t\n\r';
const DIGITS = '0123456789';

function on(state: number, characters: string, next: number): void {
  for (const character of characters) TABLE[state * 256 + character.charCodeAt(0)] = next;
}

function defineStructure(): void {
  for (let state: number = STATE.value; state <= STATE.done; state++) on(state, SPACE, state);
  for (const state of [STATE.value, STATE.valueOrClose]) {
    on(state, '{', ACTION.openObject);
    on(state, '[', ACTION.openArray);
    on(state, '"', ACTION.beginString);
    on(state, `-${DIGITS}tfn`, ACTION.beginScalar);
  }
  on(STATE.valueOrClose, ']', ACTION.closeArray);
  for (const state of [STATE.keyOrClose, STATE.key]) on(state, '"', ACTION.beginKey);
  on(STATE.keyOrClose, '}', ACTION.closeObject);
  on(STATE.colon, ':', STATE.value);
  on(STATE.afterValue, ',', ACTION.comma);
  on(STATE.afterValue, '}', ACTION.closeObject);
  on(STATE.afterValue, ']', ACTION.closeArray);
}

function defineStrings(): void {
  for (let byte = 0x20; byte < 256; byte++) TABLE[STATE.string * 256 + byte] = STATE.string;
  on(STATE.string, '"', ACTION.endString);
  on(STATE.string, '\\', STATE.escape);
  on(STATE.escape, '"\\/bfnrt', STATE.string);
  on(STATE.escape, 'u', STATE.hex1);
  for (let state: number = STATE.hex1; state <= STATE.hex4; state++) {
    on(state, `${DIGITS}abcdefABCDEF`, state === STATE.hex4 ? STATE.string : state + 1);
  }
}

function defineNumbers(): void {
  for (const state of [STATE.zero, STATE.integer, STATE.fraction, STATE.exponentDigits]) {
    on(state, `${SPACE},]}`, ACTION.endNumber);
  }
  on(STATE.minus, '0', STATE.zero);
  on(STATE.minus, '123456789', STATE.integer);
  on(STATE.integer, DIGITS, STATE.integer);
  for (const state of [STATE.zero, STATE.integer]) on(state, '.', STATE.dot);
  on(STATE.dot, DIGITS, STATE.fraction);
  on(STATE.fraction, DIGITS, STATE.fraction);
  for (const state of [STATE.zero, STATE.integer, STATE.fraction]) on(state, 'eE', STATE.exponent);
  on(STATE.exponent, '+-', STATE.exponentSign);
  for (const state of [STATE.exponent, STATE.exponentSign, STATE.exponentDigits]) {
    on(state, DIGITS, STATE.exponentDigits);
  }
}

function defineScalarStarts(): void {
  SCALAR_START['-'.charCodeAt(0)] = STATE.minus;
  SCALAR_START['0'.charCodeAt(0)] = STATE.zero;
  for (const digit of '123456789') SCALAR_START[digit.charCodeAt(0)] = STATE.integer;
  let state: number = STATE.literals;
  for (const literal of ['true', 'false', 'null']) {
    SCALAR_START[literal.charCodeAt(0)] = state;
    for (let i = 1; i < literal.length; i++, state++) {
      on(state, literal.charAt(i), i === literal.length - 1 ? ACTION.endLiteral : state + 1);
    }
  }
}

/** The states of `top` once more: what does not need the nesting goes on without an action. */
function defineRegion(region: number): void {
  const isObject = region === REGION.inObject;
  for (let from = 0; from < REGION.inObject * 256; from++) {
    const next = deeper(TABLE[from] as number, from % 256, isObject);
    TABLE[region * 256 + from] = next < REGION.inObject ? region + next : next;
  }
  for (const state of [STATE.zero, STATE.integer, STATE.fraction, STATE.exponentDigits]) {
    const [row, after] = [(region + state) * 256, (region + STATE.afterValue) * 256];
    for (const byte of Buffer.from(`${SPACE},]}`)) TABLE[row + byte] = TABLE[after + byte] as number;
  }
  defineKeys(region);
}

function deeper(next: number, byte: number, isObject: boolean): number {
  if (next === ACTION.comma) return isObject ? STATE.key : STATE.value;
  if (next === ACTION.beginKey) return STATE.keyText;
  if (next === ACTION.beginString) return STATE.string;
  if (next === ACTION.endString || next === ACTION.endLiteral) return STATE.afterValue;
  return next === ACTION.beginScalar ? (SCALAR_START[byte] as number) : next;
}

/** Texts of keys: as other texts, but a colon follows. */
function defineKeys(region: number): void {
  const shift = STATE.keyText - STATE.string;
  for (let state: number = STATE.string; state <= STATE.hex4; state++) {
    for (let byte = 0; byte < 256; byte++) {
      const next = TABLE[(region + state) * 256 + byte] as number;
      const isText = next >= region + STATE.string && next <= region + STATE.hex4;
      TABLE[(region + state + shift) * 256 + byte] = isText ? next + shift : next;
    }
  }
  on(region + STATE.keyText, '"', region + STATE.colon);
}

defineStructure();
defineStrings();
defineNumbers();
defineScalarStarts();
defineRegion(REGION.inObject);
defineRegion(REGION.inArray);

/** Whether a number may end in this state. */
export function isWholeNumber(state: number): boolean {
  return TABLE[state * 256 + 0x20] === ACTION.endNumber;
}

import { describe, expect, it } from 'vitest';
import { parseStat } from './proc.ts';
import { judge, type Observation, parseExitLine, parsePidLine } from './process-evidence.ts';

const LINE = 'boot-1 42 777 41\n';
const seen: Observation = {
  hasIntent: true,
  isVoid: false,
  pidText: LINE,
  exitText: null,
  bootId: 'boot-1',
  engine: { pid: 42, state: 'S', session: 41, startTime: '777' },
  isShimLiving: true,
};

describe('the lines of a call directory', () => {
  it('are not there before their newline', () => {
    expect(parsePidLine('boot-1 42 777 41')).toBeNull();
    expect(parsePidLine('')).toBeNull();
    expect(parseExitLine('13')).toBeNull();
    expect(parseExitLine(null)).toBeNull();
  });
  it('name the process and its shim', () => {
    expect(parsePidLine(LINE)).toEqual({ bootId: 'boot-1', pid: 42, startTime: '777', shimPid: 41 });
    const record = { bootId: 'boot-1', pid: 42, startTime: '777', shimPid: 41, shimStartTime: '99' };
    expect(parsePidLine('boot-1 42 777 41 99\n')).toEqual(record);
    expect(parsePidLine('boot-1 42 777 41 99 1\n')).toBeNull();
    expect(parsePidLine('never\n')).toBe('never');
    expect(parseExitLine('137\n')).toBe(137);
  });
});

describe('parseStat', () => {
  it('reads past a name with spaces and parentheses', () => {
    const rest = 'S 1 5 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 998877 1 2 3';
    expect(parseStat(`12 (a) b) (c) ${rest}`)).toEqual({ pid: 12, state: 'S', session: 6, startTime: '998877' });
    expect(parseStat('')).toBeNull();
  });
});

describe('judge', () => {
  const cases: [string, Partial<Observation>, string][] = [
    ['a living process with the recorded start time runs', {}, 'running'],
    ['an exit line ends it', { exitText: '2\n', engine: null }, 'exited'],
    ['an exit line without its newline does not', { exitText: '2', engine: null }, 'undecided'],
    ['without an intent nothing started', { hasIntent: false, pidText: null }, 'never_started'],
    ['without pid it is undecided', { pidText: null }, 'undecided'],
    ['an end without pid is an end without a start', { pidText: null, exitText: '2\n' }, 'never_started'],
    ['an end with half a pid line too', { pidText: 'boot-1 4', exitText: '125\n' }, 'never_started'],
    ['an empty pid is undecided', { pidText: '' }, 'undecided'],
    ['an empty pid read after void was laid proves it', { pidText: '', isVoid: true }, 'never_started'],
    ['a whole pid beside void may run', { isVoid: true }, 'running'],
    ['125 beside void is the shim that saw it', { isVoid: true, exitText: '125\n', engine: null }, 'never_started'],
    ['125 without void is the engine', { exitText: '125\n', engine: null }, 'exited'],
    ['never is never', { pidText: 'never\n', exitText: '125\n' }, 'never_started'],
    ['a zombie has ended; its shim will write', { engine: { ...fact('Z') } }, 'undecided'],
    ['a zombie whose shim is dead has vanished', { engine: { ...fact('Z') }, isShimLiving: false }, 'vanished'],
    ['a dead entry has vanished', { engine: { ...fact('X') }, isShimLiving: false }, 'vanished'],
    ['a pid that came again is another', { engine: { ...fact('S'), startTime: '9' }, isShimLiving: false }, 'vanished'],
    ['another boot ends everything', { bootId: 'boot-2' }, 'vanished'],
  ];
  it.each(cases)('%s', (_name, change, kind) => {
    expect(judge({ ...seen, ...change }).kind).toBe(kind);
  });
});

function fact(state: string) {
  return { pid: 42, state, session: 41, startTime: '777' };
}

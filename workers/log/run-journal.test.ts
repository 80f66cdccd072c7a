import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunJournal, replayed } from './run-journal.ts';

describe('replayed', () => {
  const [hello, init, plan, bye] = [{ say: 'hello\n' }, { call: 'init' }, { call: 'plan' }, { say: 'bye\n' }];
  it('answers what was recorded, in order', () => {
    expect(replayed([hello, init], { say: 'hello again\n' })).toEqual({ known: [hello], isNew: false });
    expect(replayed([init, plan], init)).toEqual({ known: [init], isNew: false });
  });
  it('catches up with what this life did not do', () => {
    expect(replayed([init, hello, plan, bye], plan)).toEqual({ known: [init, hello, plan], isNew: false });
  });
  it('drops a line that this life says before a recorded call', () => {
    expect(replayed([plan], hello)).toEqual({ known: [], isNew: false });
  });
  it('puts what is new behind all that was', () => {
    expect(replayed([], bye)).toEqual({ known: [], isNew: true });
    expect(replayed([hello, init], plan)).toEqual({ known: [hello, init], isNew: true });
  });
});

describe('RunJournal', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-journal-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('gives the next life the entries of this one, but for half a line', async () => {
    const first = await RunJournal.open(dir);
    expect(first.add({ say: 'a\n' })).toEqual([{ say: 'a\n' }]);
    first.add({ call: 'plan' });
    first.check();
    await appendFile(join(dir, 'journal'), '{"say":"b');
    const second = await RunJournal.open(dir);
    expect(second.add({ say: 'something else\n' })).toEqual([{ say: 'a\n' }]);
    expect(second.add({ call: 'plan' })).toEqual([{ call: 'plan' }]);
    expect(second.add({ say: 'c\n' })).toEqual([{ say: 'c\n' }]);
    const third = await RunJournal.open(dir);
    expect(third.add({ call: 'apply' })).toEqual([{ say: 'a\n' }, { call: 'plan' }, { say: 'c\n' }, { call: 'apply' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { createMask } from '../plan/mask-secrets.ts';
import { createLedger } from './apply-ledger.ts';

const place = { dir: 'net', work: '/w', mask: createMask(['s3cret-id']) };

const message = (type: string, more: object) =>
  `${JSON.stringify({ '@level': 'info', '@message': type, type, ...more })}\n`;
const hook = (type: string, action: string, addr: string, id?: string) =>
  message(type, {
    hook: {
      resource: { addr, resource_type: addr.split('.')[0] },
      action,
      ...(id ? { id_key: 'id', id_value: id } : {}),
    },
  });

function read(text: string, chunk = 1 << 20) {
  const ledger = createLedger(place);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) ledger.push(bytes.subarray(at, at + chunk));
  return ledger.end();
}

describe('the ledger of an apply', () => {
  it('tells what was made, what failed and what nobody knows, however the stream is cut', () => {
    const text = [
      message('version', { terraform: '1.11.4' }),
      message('planned_change', { change: { action: 'create', resource: { addr: 'a.x' } } }),
      message('planned_change', { change: { action: 'replace', resource: { addr: 'a.y' } } }),
      message('planned_change', { change: { action: 'read', resource: { addr: 'data.a.z' } } }),
      message('planned_change', { change: { action: 'move', resource: { addr: 'a.m' } } }),
      hook('apply_start', 'create', 'a.x'),
      hook('apply_start', 'create', 'a.y'),
      hook('apply_start', 'update', 'a.z'),
      hook('apply_start', 'read', 'data.a.z'),
      hook('apply_complete', 'create', 'a.x', 'i-1'),
      hook('apply_complete', 'read', 'data.a.z', 'd'),
      hook('apply_errored', 'update', 'a.z'),
    ].join('');
    for (const chunk of [1, 7, 1 << 20]) {
      expect(read(text, chunk)).toMatchObject({
        engineVersion: '1.11.4',
        planned: 2,
        change_summary: null,
        completed: [{ address: 'a.x', type: 'a', action: 'create', id_key: 'id', id: 'i-1' }],
        errored: [{ address: 'a.z', type: 'a', action: 'update', id_key: null, id: null }],
        unfinished: [{ address: 'a.y', type: 'a', action: 'create' }],
      });
    }
  });

  it.each([
    ['delete first', ['delete', 'create']],
    ['create first', ['create', 'delete']],
  ])('counts a replace once, with the new id: %s', (_name, actions) => {
    const text = actions
      .map((action) => {
        const id = action === 'create' ? 'new' : 'old';
        const start = hook('apply_start', action, 'a.x', action === 'delete' ? id : undefined);
        return start + hook('apply_complete', action, 'a.x', action === 'create' ? id : undefined);
      })
      .join('');
    expect(read(text).completed).toEqual([{ address: 'a.x', type: 'a', action: 'replace', id_key: 'id', id: 'new' }]);
  });

  it('keeps apart the halves of a replace that did not come to its end, and a delete its id', () => {
    const text =
      hook('apply_start', 'delete', 'a.x', 'old') +
      hook('apply_complete', 'delete', 'a.x') +
      hook('apply_start', 'create', 'a.x');
    expect(read(text)).toMatchObject({
      completed: [{ action: 'delete', id: 'old' }],
      unfinished: [{ action: 'create', id: null }],
    });
  });

  it('takes the summary of an apply or a destroy, not that of a plan', () => {
    const summary = (operation: string) =>
      message('change_summary', { changes: { add: 1, change: 2, remove: 3, import: 4, operation } });
    expect(read(summary('plan')).change_summary).toBeNull();
    for (const operation of ['apply', 'destroy']) {
      expect(read(summary(operation)).change_summary).toEqual({ add: 1, change: 2, remove: 3, import: 4 });
    }
  });

  it('hears of the interrupt that terraform got', () => {
    const text = message('log', { '@message': '\nInterrupt received.\nPlease wait for Terraform to exit' });
    expect(read(text)).toMatchObject({ wasInterrupted: true });
    expect(read(message('log', {}))).toMatchObject({ wasInterrupted: false });
  });

  it('masks ids and addresses, and is bounded: the newest 20,000 stay', () => {
    const ledger = createLedger(place);
    const count = 50_000;
    for (let n = 0; n < count; n++)
      ledger.push(Buffer.from(hook('apply_complete', 'create', `a.x[${n}]`, `s3cret-id-${n}`)));
    const { completed } = ledger.end();
    expect(completed).toHaveLength(20_000);
    expect(completed.at(-1)).toMatchObject({ address: `a.x[${count - 1}]`, id: `(sensitive)-${count - 1}` });
  });

  it('knows a state that was printed, whole, too long or cut off, and takes nothing of it', () => {
    const dump = (size: number) =>
      `{"@level":"info","@message":"Emergency state dump","@module":"terraform.ui","state":{"version":4,"x":"${'v'.repeat(size)}"},"type":"log"}\n`;
    for (const text of [dump(10), dump(3 << 20), dump(10).slice(0, -30), dump(3 << 20).slice(0, -30)]) {
      expect(read(`${text}`)).toMatchObject({ hasDump: true, plainLines: [] });
    }
    expect(read('Emergency state dump\n')).toMatchObject({ hasDump: false });
  });

  it('survives anything that is no stream', () => {
    const text =
      '\u0000\n{"@level":1}\n{"type":"apply_start","@level":"info"}\n{"@level":"info","type":"apply_complete","hook":{"resource":5}}\nplain\n';
    expect(read(text)).toMatchObject({ completed: [], unfinished: [], plainLines: ['\u0000', 'plain'] });
  });
});

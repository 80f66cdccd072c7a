import { expect, test } from 'vitest';
import { StateFactsReader } from './state-facts.ts';

function facts(text: string) {
  const reader = new StateFactsReader();
  reader.write(Buffer.from(text));
  return reader.end();
}

test('serial, lineage and version are read, and where the serial stands', () => {
  const text =
    '{"version": 4, "terraform_version": "1.11.4", "serial": 17, "lineage": "ab-c", "outputs": {"serial": 9}}';
  const found = facts(text);
  expect(found).toMatchObject({ serial: 17, lineage: 'ab-c', terraformVersion: '1.11.4' });
  expect(text.slice(found.serialAt.start, found.serialAt.end)).toBe('17');
});

test('an encrypted state of OpenTofu keeps serial and lineage in clear, and is taken', () => {
  expect(facts('{"serial":3,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}')).toEqual({
    serial: 3,
    lineage: 'l',
    terraformVersion: null,
    serialAt: { start: 10, end: 11 },
    lineageAt: { start: 22, end: 25 },
  });
});

test('a state that was never saved has no lineage yet, which only who says so takes', () => {
  const reader = new StateFactsReader();
  reader.write(Buffer.from('{"serial":0,"lineage":""}'));
  expect(reader.end({ mayBeNew: true })).toMatchObject({ serial: 0, lineage: '', lineageAt: { start: 22, end: 24 } });
});

test.each([
  ['no serial', '{"lineage": "l"}', /serial must be a whole number, got none/],
  ['a serial in quotes', '{"serial": "1", "lineage": "l"}', /got "1"/],
  ['a negative serial', '{"serial": -1, "lineage": "l"}', /got -1/],
  ['a fraction', '{"serial": 1.0, "lineage": "l"}', /got 1.0/],
  ['a serial beyond 2^53', '{"serial": 9007199254740993, "lineage": "l"}', /whole number/],
  ['an object as the serial', '{"serial": {"a": 1}, "lineage": "l"}', /got none/],
  ['no lineage', '{"serial": 1}', /lineage must be a text/],
  ['an empty lineage', '{"serial": 1, "lineage": ""}', /lineage must be a text/],
  ['a huge lineage', `{"serial": 1, "lineage": "${'x'.repeat(2000)}"}`, /lineage must be a text/],
  ['two serials', '{"serial": 1, "serial": 9, "lineage": "l"}', /"serial" is ambiguous/],
  ['a second serial that only Go sees', '{"serial": 1, "SERIAL": 9, "lineage": "l"}', /"SERIAL" is ambiguous/],
  ['a second serial with a long s', '{"serial": 1, "ſerial": 9, "lineage": "l"}', /ambiguous/],
  ['a list', '[{"serial": 1, "lineage": "l"}]', /not an object/],
  ['a text', '"serial"', /not an object/],
  ['half a state', '{"serial": 1, "lineage": "l"', /no valid JSON: it ends too early/],
])('%s is refused', (_name, text, message) => {
  expect(() => facts(text)).toThrow(message);
});

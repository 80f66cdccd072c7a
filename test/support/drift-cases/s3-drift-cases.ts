import { type DriftCase, data, type Outside } from './drift-case.ts';

const object = (body: string, name = 'o') =>
  `resource "aws_s3_bucket_object" "${name}" {\n  bucket  = "BUCKET"\n  key     = "${name}.json"\n${body}\n}\n`;
const typed = (type: string, more = '') => object(`  content = "{}"\n  content_type = "${type}"\n${more}`);
const gone =
  (name = 'o'): Outside =>
  ({ elsewhere }) =>
    elsewhere(`DESTROY ${name}`);
const become =
  (text: string): Outside =>
  ({ elsewhere }) =>
    elsewhere(text);

const CASES: Readonly<Record<string, Omit<DriftCase, 'needsS3'>>> = {
  'an object as it was': {
    applied: typed('application/json'),
    status: 'in_sync',
    classes: { 'aws_s3_bucket_object.o': 'noise' },
    because: 'its provider gives nothing back where it was given nothing, in another way',
  },
  'the type of an object': {
    applied: typed('application/json'),
    outside: become(typed('text/plain')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'it was changed in place',
  },
  'the type of an object, ignored by its configuration': {
    applied: typed('application/json', '  lifecycle {\n    ignore_changes = [content_type]\n  }'),
    outside: become(typed('text/plain')),
    status: 'in_sync',
    classes: { 'aws_s3_bucket_object.o': 'noise' },
    because: 'its configuration says that this may differ',
  },
  'the type of an object that its configuration leaves open': {
    applied: object('  content = "{}"'),
    outside: become(typed('text/plain')),
    status: 'in_sync',
    classes: { 'aws_s3_bucket_object.o': 'noise' },
    because: 'nobody set it: the provider computes it',
  },
  'the bytes of an object': {
    applied: object('  content = "one"\n  etag = md5("one")'),
    outside: become(object('  content = "two"')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'its digest, which the configuration sets, differs',
  },
  'the bytes of an object whose digest nobody set': {
    applied: object('  content = "one"'),
    outside: become(object('  content = "two"')),
    status: 'in_sync',
    classes: { 'aws_s3_bucket_object.o': 'noise' },
    because: 'only what the provider computes differs: this provider cannot tell more',
  },
  'tags added': {
    applied: typed('text/plain'),
    outside: become(typed('text/plain', '  tags = { owner = "eve" }')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'it was changed in place',
  },
  'tags changed and added': {
    applied: typed('text/plain', '  tags = { owner = "ana", team = "a" }'),
    outside: become(typed('text/plain', '  tags = { owner = "eve", team = "a", x = "1" }')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'it was changed in place',
  },
  'tags taken away': {
    applied: typed('text/plain', '  tags = { owner = "ana" }'),
    outside: become(typed('text/plain')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'it was changed in place',
  },
  'how long it may be cached': {
    applied: typed('text/plain', '  cache_control = "no-store"'),
    outside: become(typed('text/plain', '  cache_control = "max-age=60"')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'it was changed in place',
  },
  'an object removed': {
    applied: typed('text/plain'),
    outside: gone(),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'deleted_outside' },
    because: 'it is gone',
  },
  'one removed, one changed, one as it was': {
    applied:
      object('  content = "1"', 'a') +
      object('  content = "2"\n  content_type = "a/b"', 'b') +
      object('  content = "3"', 'c'),
    outside: ({ elsewhere }) => {
      elsewhere('DESTROY a');
      elsewhere(object('  content = "2"\n  content_type = "x/y"', 'b'));
    },
    status: 'drifted',
    classes: {
      'aws_s3_bucket_object.a': 'deleted_outside',
      'aws_s3_bucket_object.b': 'real',
      'aws_s3_bucket_object.c': 'noise',
    },
    because: 'each is told for itself',
  },
  'an object that another resource names': {
    applied: `${typed('application/json')}${data('d', '  input = aws_s3_bucket_object.o.content_type')}`,
    outside: become(typed('text/plain')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'what depends on it gets the old value again',
  },
  'configuration: another type, and changed outside': {
    applied: typed('application/json'),
    planned: typed('text/html'),
    outside: become(typed('text/plain')),
    status: 'drifted',
    classes: { 'aws_s3_bucket_object.o': 'real' },
    because: 'the value that was applied was changed by somebody else, too',
  },
  'configuration: another cache, and the type changed outside': {
    applied: object('  content = "{}"'),
    planned: object('  content = "{}"\n  cache_control = "no-store"'),
    outside: become(object('  content = "{}"\n  content_type = "text/plain"')),
    status: 'in_sync',
    classes: { 'aws_s3_bucket_object.o': 'configuration_pending' },
    because: 'what the configuration asks for is not what differs',
  },
};

/** What can happen to objects of an S3 server behind terraform's back: real differences in place. */
export const S3_DRIFT_CASES: Readonly<Record<string, DriftCase>> = Object.fromEntries(
  Object.entries(CASES).map(([name, drift]) => [name, { ...drift, needsS3: true }]),
);

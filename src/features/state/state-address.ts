import { HoldfastError } from '../../kernel/errors.ts';

const NAME_MAX = 512;

/** The stack's address for terraform, the token as userinfo: `https://hf:TOKEN@host/state/net%2Fprod`. */
export function stateUrl(baseUrl: string, stack: string, token: string): string {
  const url = new URL(baseUrl);
  url.username = 'hf';
  url.password = token;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/state/${encodeURIComponent(stack)}`;
  return url.href;
}

/** The stack a request is about, decoded once from the raw path; throws `invalid` where there is none. */
export function stackOfPath(rawUrl: string): string {
  const path = rawUrl.split('?', 1)[0] ?? '';
  const encoded = path.slice(path.indexOf('/state') + '/state'.length).replace(/^\//, '');
  const stack = decode(encoded);
  if (stack === null || stack === '' || stack.length > NAME_MAX || /\p{Cc}/u.test(stack)) {
    throw new HoldfastError('invalid', `"${path.slice(0, 200)}" names no stack`, {
      treatment: { kind: 'human', wayOut: 'the address is /state/ and the name, percent-encoded: /state/net%2Fprod' },
    });
  }
  return stack;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The password of HTTP basic authentication, or null. Any user name will do. */
export function passwordOf(authorization: string | undefined): string | null {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 || colon === text.length - 1 ? null : text.slice(colon + 1);
}

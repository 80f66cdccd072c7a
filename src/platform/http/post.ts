/** One POST of a small body to an address of the server's own file. */
export interface PostRequest {
  /** http or https; userinfo becomes basic authentication. As good as a password: it is in no error of `post`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

export interface PostAnswer {
  readonly status: number;
  /** `Retry-After` as it was sent, or null. */
  readonly retryAfter: string | null;
  /** At most the first 4 KiB. */
  readonly text: string;
}

const MAX_ANSWER = 4_096;

/** Sends it; follows no redirect. Throws where no answer came in time. */
export async function post(request: PostRequest): Promise<PostAnswer> {
  const url = new URL(request.url);
  const headers = new Headers({ ...request.headers, 'user-agent': 'holdfast' });
  if (url.username !== '' || url.password !== '') {
    const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(userinfo).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(request.timeoutMs),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    text: await readStart(response),
  };
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < MAX_ANSWER) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString('utf8');
}

import { request } from 'node:http';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** GET as `curl` makes it: no header of its own beside Host, User-Agent and Accept. */
export function ask(origin: string, path: string): Promise<WireAnswer> {
  const { hostname, port, host } = new URL(origin);
  const headers = { Host: host, 'User-Agent': 'curl/7.88.1', Accept: '*/*' };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text }),
      );
      answer.on('error', reject);
    });
    asked.removeHeader('Connection');
    asked.setTimeout(60_000, () => asked.destroy(new Error(`no answer to ${path} within a minute`)));
    asked.on('error', reject);
    asked.end();
  });
}

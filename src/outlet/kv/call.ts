import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf, OrchestratorError } from '../../model/error.ts';

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** False takes any certificate of an https server. */
  readonly verifyCertificate: boolean;
}

export interface CallAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One HTTP request to a key-value store, over a connection of its own: one that hangs is never used for the next.
 * @param name the store, for the message.
 * @throws OrchestratorError `kv-unreachable`.
 */
export function call(name: string, asked: Call, signal: AbortSignal): Promise<CallAnswer> {
  const { method, url, body = '', headers = {}, verifyCertificate } = asked;
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void =>
      reject(
        new OrchestratorError(
          'kv-unreachable',
          `${name} cannot be reached (${messageOf(thrown)}); check its address and that it runs`,
          { cause: thrown },
        ),
      );
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, signal, agent: false };
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, rejectUnauthorized: verifyCertificate })
      : requestHttp(url, options);
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.end(body);
  });
}

import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { FuzzRequest } from './fuzz-values.ts';
import { createWitness } from './fuzz-witness.ts';

/** Nobody waits longer for an answer; a busy machine needs a second at most. */
const DEADLINE_MS = 20_000;
/** No server is watched while one request is worked on: none may take this much of the CPU. Expressions have half a second. */
const MOST_BURDEN_MS = 3_000;

export interface FuzzAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Sends requests as they are, without the repairs that fetch makes. */
export function createAsker(origin: string) {
  const { hostname, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const witness = createWitness();
  const ask = (asked: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const { method, headers } = asked;
      const watch = witness.watch();
      let got = 'no word of an answer came';
      const path = asked.target.replace(/[^\u0021-\u00ff]/g, encodeURIComponent);
      const outgoing = request({ hostname, port, agent, method, path, headers }, (response) => {
        const contentType = response.headers['content-type'] ?? '';
        got = `status ${response.statusCode} came, ${JSON.stringify(response.headers)}`;
        const done = (text: string): void => {
          clearTimeout(impatience);
          const burdenMs = watch.burdenMs();
          if (burdenMs > MOST_BURDEN_MS) fail(new Error(`it took ${burdenMs} ms of the CPU`));
          else resolve({ status: response.statusCode ?? 0, contentType, text });
        };
        if (contentType.startsWith('text/event-stream')) {
          done('');
          outgoing.destroy();
          return;
        }
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => done(Buffer.concat(parts).toString()));
        response.on('error', fail);
      });
      const fail = (error: Error): void => {
        clearTimeout(impatience);
        const what = `${method} ${asked.target.slice(0, 2000)} ${JSON.stringify(headers).slice(0, 500)}`;
        reject(new Error(`no good answer to ${what}: ${error.message}; ${got}; ${testimony}`, { cause: error }));
      };
      // Asked before the socket is let go.
      let testimony = '';
      const giveUp = (): void => {
        testimony = watch.tell(outgoing);
        outgoing.destroy(new Error('too late'));
      };
      const impatience = setTimeout(giveUp, DEADLINE_MS);
      outgoing.on('error', fail);
      outgoing.end(asked.body);
    });
  return {
    ask,
    get: (target: string) => ask({ method: 'GET', target, headers: {} }),
    close() {
      witness.close();
      agent.destroy();
    },
  };
}

/** Sends bytes that need not be a request; what came back until the first pause, '' when the connection was closed without a word. */
export function sendBytes(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    const end = (text: string): void => {
      clearTimeout(impatience);
      socket.destroy();
      resolve(text);
    };
    const impatience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`neither answered nor closed: ${bytes.slice(0, 200)}`));
    }, DEADLINE_MS);
    socket.on('data', (part) => end(part.toString()));
    socket.on('error', () => end(''));
    socket.on('close', () => end(''));
  });
}

/** What shows the inside of the program: a stack, a file of ours, a mistake of the language, a statement of the database. */
const INSIDE: readonly RegExp[] = [
  /\n\s+at /,
  /\bnode:(?:internal|net|fs)\b|node_modules|\.[cm]?[jt]s:\d+|file:\/\//,
  /Cannot read propert|is not a function|is not iterable|is not defined|is not a constructor|circular structure/,
  /Maximum call stack|Invalid array length|Invalid string length|out of memory|must be of type|URI malformed/,
  /SQLITE_|sqlite_schema|no such (?:table|column)|unrecognized token|near ".*": syntax error|ERR_[A-Z]/,
];

/** Why an answer must not be given, else null. The historic API tells every refusal with 500; what counts is what it tells. */
export function complaintAbout({ status, text }: FuzzAnswer): string | null {
  if (status < 200 || status > 599) return `status ${status}`;
  if (status < 400) return null;
  if (text.includes(process.cwd())) return `status ${status} shows where the program lies: ${text.slice(0, 300)}`;
  const shown = INSIDE.find((pattern) => pattern.test(text));
  return shown === undefined ? null : `status ${status} shows ${shown}: ${text.slice(0, 300)}`;
}

import { ADDRCONFIG, type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../engine/ports.ts';

/** Asks the name service for all addresses of a name. */
export type AskNames = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** A name service that answers at all does so sooner; then the addresses of before are taken. */
const PATIENCE_MS = 300;
/** Each question to the system's resolver holds one of the four threads that files need, too. */
const MAX_ASKED = 3;
/** Addresses of before are good for this long. */
const REMEMBERED_MS = 60 * 60_000;

/**
 * Names to addresses, for connections. The name service is often gone together with the primary, and each question to a silent one
 * holds a thread for many seconds: a name is asked for once at a time, and a server that was found before is found while the name
 * service is silent or fails. That a name does not exist is an answer, and believed.
 */
export function createHostLookup(clock: Clock, ask: AskNames = askSystem): LookupFunction {
  interface Known {
    readonly addresses: readonly LookupAddress[];
    readonly atMs: number;
  }
  type Answer = Known | NodeJS.ErrnoException;
  interface Question {
    readonly answer: Promise<Answer>;
    readonly sinceMs: number;
  }
  const remembered = new Map<string, Known>();
  const underWay = new Map<string, Question>();
  const waiting: (() => void)[] = [];
  let asked = 0;

  function next(): void {
    asked -= 1;
    waiting.shift()?.();
  }

  function askNow(hostname: string): Promise<Answer> {
    return new Promise((resolve) => {
      const begin = (): void => {
        asked += 1;
        const told: Parameters<AskNames>[1] = (error, addresses) => {
          next();
          resolve(error ?? { addresses, atMs: clock.monotonicMs() });
        };
        try {
          ask(hostname, told);
        } catch (thrown) {
          told(thrown instanceof Error ? thrown : new Error(String(thrown)), []);
        }
      };
      if (asked < MAX_ASKED) begin();
      else waiting.push(begin);
    });
  }

  function questionOn(hostname: string): Question {
    const before = underWay.get(hostname);
    if (before !== undefined) return before;
    const answer = askNow(hostname).then((told) => {
      underWay.delete(hostname);
      if (!(told instanceof Error)) remember(hostname, told);
      else if (isDenied(told)) remembered.delete(hostname);
      return told;
    });
    const question = { answer, sinceMs: clock.monotonicMs() };
    underWay.set(hostname, question);
    return question;
  }

  /** The one remembered longest stands first, and goes when it is too old: names may come and go for ever. */
  function remember(hostname: string, known: Known): void {
    remembered.delete(hostname);
    remembered.set(hostname, known);
    for (const [name, { atMs }] of remembered) {
      if (known.atMs - atMs <= REMEMBERED_MS) break;
      remembered.delete(name);
    }
  }

  /** What was found before, when it is not too old. */
  function knownOf(hostname: string): Known | null {
    const known = remembered.get(hostname);
    return known !== undefined && clock.monotonicMs() - known.atMs <= REMEMBERED_MS ? known : null;
  }

  async function find(hostname: string): Promise<Answer> {
    const { answer, sinceMs } = questionOn(hostname);
    const known = knownOf(hostname);
    if (known === null) return answer;
    const patienceMs = PATIENCE_MS - (clock.monotonicMs() - sinceMs);
    if (patienceMs <= 0) return known;
    const silence = new AbortController();
    const inTime = await Promise.race([answer, clock.sleep(patienceMs, silence.signal).then(() => null)]);
    silence.abort('answered');
    if (inTime === null) return knownOf(hostname) ?? answer;
    return inTime instanceof Error ? (knownOf(hostname) ?? inTime) : inTime;
  }

  return (hostname, options, callback) => {
    void find(hostname).then((found) => {
      if (found instanceof Error) return callback(found, '', 0);
      const family = options.family === 4 || options.family === 6 ? options.family : null;
      const addresses = found.addresses.filter((one) => family === null || one.family === family);
      const [first] = addresses;
      if (first === undefined) return callback(noAddress(hostname), '', 0);
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

/** Only addresses of kinds that this machine has, as Node asks for connections: others would make it try several in turn. */
function askSystem(hostname: string, answer: Parameters<AskNames>[1]): void {
  systemLookup(hostname, { all: true, verbatim: true, hints: ADDRCONFIG }, (error, addresses) =>
    answer(error, addresses ?? []),
  );
}

/** The name service answered: there is no such name. Anything else is its own trouble. */
const isDenied = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOTFOUND' || code === 'ENODATA';

const noAddress = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  });

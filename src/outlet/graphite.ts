import { connect } from 'node:net';
import type { Clock, Logger } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';

/*
 * Graphite hears everything once per interval, in its plain text protocol over TCP: `path.name.count 7 1700000000`. Each time a
 * connection of its own is opened and closed, so that a Graphite that was away is found again by itself. Works, or does not:
 * what is told to the log is only when that changes.
 */

/** One number. Counters are sent as `….count`, gauges as `….value` (historic). */
export interface GraphiteSeries {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly value: number;
}

export interface GraphiteSettings {
  /** `host:port`; without a port 2003. */
  readonly address: string;
  /** Beginning of all names; `{hostname}` stands for this machine. */
  readonly path: string;
  readonly hostname: string;
  /** Dots of the host name would make a folder of each of its parts. */
  readonly convertsHostnameDots: boolean;
  readonly intervalMs: number;
  /** Connecting, sending and closing together may take so long. */
  readonly deadlineMs: number;
}

export interface GraphiteDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly series: () => readonly GraphiteSeries[];
}

const DEFAULT_PORT = 2003;
const SUFFIXES = { counter: 'count', gauge: 'value' } as const;

/** Begins to send, one interval from now; never throws, whatever becomes of Graphite. Returns how to stop. */
export function createGraphite(deps: GraphiteDeps, settings: GraphiteSettings): { close(): Promise<void> } {
  const { clock, logger } = deps;
  const hostname = settings.convertsHostnameDots ? settings.hostname.replaceAll('.', '_') : settings.hostname;
  const prefix = settings.path.replaceAll('{hostname}', hostname);
  const closing = new AbortController();
  let isFailing = false;
  let sending: Promise<void> | null = null;

  const lines = (): string => {
    const seconds = Math.floor(clock.now() / 1000);
    return deps
      .series()
      .map(({ name, kind, value }) => `${prefix}.${name}.${SUFFIXES[kind]} ${value} ${seconds}\n`)
      .join('');
  };

  async function sendOnce(): Promise<void> {
    const { address } = settings;
    try {
      await send(lines(), settings, closing.signal);
      if (isFailing) logger.info({ address }, 'Graphite takes metrics again');
      isFailing = false;
    } catch (thrown) {
      if (closing.signal.aborted || isFailing) return;
      isFailing = true;
      logger.warn({ address, error: messageOf(thrown) }, 'Graphite does not take metrics; check GraphiteAddr');
    }
  }

  const stop = clock.every(settings.intervalMs, () => {
    sending ??= sendOnce().finally(() => {
      sending = null;
    });
  });
  return {
    async close() {
      stop();
      closing.abort();
      await sending;
    },
  };
}

/** Host and port of `host:port` or `[ipv6]:port`. */
function endpointOf(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** Resolves when the other side has taken all and closed too. @throws Error when that does not come about in time. */
function send(text: string, { address, deadlineMs }: GraphiteSettings, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(endpointOf(address));
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
    const stop = (): void => fail(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', fail);
    socket.once('close', (hadError) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (!hadError) resolve();
    });
    // What it may say is read and dropped, or its end would never be seen.
    socket.resume();
    socket.end(text);
  });
}

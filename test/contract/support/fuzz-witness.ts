import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What the server of the same process did with one request. */
interface Treatment {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  isFinished: boolean;
}

interface ServerMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** Beats of the event loop: none are counted while somebody keeps it busy, or the machine sleeps. */
const BEAT_MS = 100;

export interface Watch {
  /** CPU time that the process has used since; it does not depend on how busy the machine is. */
  burdenMs(): number;
  /** What happened to the request since, in one line. */
  tell(outgoing: { readonly socket: Socket | null; readonly reusedSocket: boolean }): string;
}

/** Watches the servers of this process, so that a request without an answer can be told from one that never arrived. */
export function createWitness() {
  const byPort = new Map<number, Treatment>();
  const onStart = (message: unknown): void => {
    const { request, response, socket } = message as ServerMessage;
    if (socket.remotePort !== undefined) byPort.set(socket.remotePort, { request, response, isFinished: false });
  };
  const onFinish = (message: unknown): void => {
    const { socket, request } = message as ServerMessage;
    const treatment = byPort.get(socket.remotePort ?? 0);
    if (treatment?.request === request) treatment.isFinished = true;
  };
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);
  let beats = 0;
  const beat = setInterval(() => {
    beats += 1;
  }, BEAT_MS);
  beat.unref();

  return {
    /** Begins to watch over one request; requests that are under way together share their burden. */
    watch(): Watch {
      const beatsBefore = beats;
      const cpuBefore = process.cpuUsage();
      const beganAtMs = performance.now();
      const burdenMs = (): number => {
        const { user, system } = process.cpuUsage(cpuBefore);
        return Math.round((user + system) / 1000);
      };
      return {
        burdenMs,
        tell({ socket, reusedSocket }) {
          const tookMs = Math.round(performance.now() - beganAtMs);
          const loop = `the event loop turned ${beats - beatsBefore} times in ${tookMs} ms, for ${burdenMs()} ms of CPU`;
          if (socket === null) return `it never got a socket; ${loop}`;
          const wire = `on a ${reusedSocket ? 'reused' : 'new'} socket (port ${socket.localPort}, ${socket.readyState}, ${socket.bytesWritten} bytes out, ${socket.bytesRead} in)`;
          return `${wire}; ${tellTreatment(byPort.get(socket.localPort ?? 0))}; ${loop}`;
        },
      };
    },
    close(): void {
      clearInterval(beat);
      unsubscribe('http.server.request.start', onStart);
      unsubscribe('http.server.response.finish', onFinish);
    },
  };
}

function tellTreatment(treatment: Treatment | undefined): string {
  if (treatment === undefined) return 'no server has seen it';
  const { request, response, isFinished } = treatment;
  const body = request.readableEnded ? 'read to its end' : request.complete ? 'received, not read' : 'not complete';
  const head = response.headersSent ? `answered ${response.statusCode}` : 'not answered';
  const state = isFinished ? 'finished' : response.destroyed ? 'destroyed' : 'under way';
  return `the last that the server saw there is ${request.method} ${request.url?.slice(0, 200)} (${body}), ${head}, ${state}`;
}

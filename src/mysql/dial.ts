import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Clock } from '../engine/ports.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { startDeadline } from './deadline.ts';
import {
  answeredFailure,
  deadlineFailure,
  failed,
  failureOf,
  hungUpFailure,
  notMysql,
  type Outcome,
  ok,
} from './failure.ts';
import { readGreeting } from './greeting.ts';

const KEEP_ALIVE_DELAY_MS = 5_000;

/** A connected socket whose greeting was looked at and put back, so that the driver reads it as if it were first. */
export interface Dialled {
  readonly socket: Socket;
  readonly serverVersion: string;
}

/**
 * Connects and waits for the greeting. Looking at it ourselves tells a silent port, another protocol and a truncated
 * greeting apart, gives error packets without a login, and the version before the first statement.
 */
export function dial(
  clock: Clock,
  key: InstanceKey,
  { user, lookup }: { readonly user: string; readonly lookup: LookupFunction },
  deadlineMs: number,
): Promise<Outcome<Dialled>> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    let isConnected = false;
    const socket = connect({ host: key.hostname, port: key.port, noDelay: true, lookup });
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);

    const finish = (outcome: Outcome<Dialled>): void => {
      cancelDeadline();
      socket.off('connect', onConnect).off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      if (outcome.kind === 'failed') {
        // A destroyed socket may still report an error; nobody is interested any more.
        socket.on('error', () => undefined);
        socket.destroy();
      }
      resolve(outcome);
    };
    const onConnect = (): void => {
      isConnected = true;
    };
    const onData = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const greeting = readGreeting(received);
      switch (greeting.kind) {
        case 'incomplete':
          return;
        case 'hello':
          socket.pause();
          socket.unshift(received);
          finish(ok({ socket, serverVersion: greeting.serverVersion }));
          return;
        case 'error':
          finish(failed(answeredFailure(key, user, greeting.errorNumber, greeting.text)));
          return;
        case 'not-mysql':
          finish(failed(notMysql(key, greeting.detail)));
      }
    };
    const onEnd = (): void =>
      finish(failed(received.length > 0 ? notMysql(key, 'its greeting broke off') : hungUpFailure(key)));
    const onError = (error: Error): void => finish(failed(failureOf(key, user, error)));
    const cancelDeadline = startDeadline(clock, deadlineMs, () => {
      const [what, remedy] = isConnected
        ? ['send its greeting', 'it hangs, or is not a MySQL server; check the server and the port']
        : ['accept the connection', 'check host, port, and firewalls between'];
      finish(failed(deadlineFailure(key, what, deadlineMs, remedy)));
    });
    socket.on('connect', onConnect).on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}

import { connect } from 'node:net';
import { OrchestratorError } from '../model/error.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';

/**
 * Makes sure that somebody listens at an address: opens a TCP connection and closes it.
 * @throws OrchestratorError `dial-failed` naming the address.
 */
export function dial(key: InstanceKey, deadlineMs = 2000): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: key.hostname, port: key.port });
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(new OrchestratorError('dial-failed', `dial tcp ${formatKey(key)}: ${reason}`, { cause }));
    };
    socket.setTimeout(deadlineMs, () => fail('i/o timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => fail(reasonOf(error), error));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Words that typed clients look for in error messages. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connect: connection refused';
  if (error.code === 'ENOTFOUND') return 'no such host';
  if (error.code === 'ETIMEDOUT') return 'i/o timeout';
  return error.message;
}

import { formatKey } from '../../model/instance-key.ts';
import type { ExecutionContext } from '../executor/executor.ts';
import type { FakeServers } from './fakes.ts';

/** What a plan is run with on invented servers: every step may be sent, nothing is heard of, five lanes; tests change what they are about. */
export const executionOn = (servers: FakeServers, changes: Partial<ExecutionContext> = {}): ExecutionContext => ({
  instanceOf: ({ server }) => servers.at(formatKey(server)),
  onReading: () => undefined,
  gate: async () => null,
  audit: () => undefined,
  signal: new AbortController().signal,
  maxLanes: 5,
  notes: new Map(),
  ...changes,
});

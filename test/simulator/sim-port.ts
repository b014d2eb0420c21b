import type { CommandOutcome, ServerFailure, Servers, SessionEvent } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { formatKey, type InstanceKey } from '../../src/model/instance-key.ts';
import { answerInquiry } from './sim-inquiries.ts';
import { read } from './sim-reading.ts';
import type { SimServer } from './sim-server.ts';
import { failure, type World } from './world.ts';

/**
 * What goes wrong with one command. not-sent: the connection breaks before. answer-lost: it is obeyed, but the answer never
 * comes. stuck: nothing comes of it in time, and the server is well otherwise. dies-before, dies-after, hangs: the server does.
 */
export type CommandFault = 'none' | 'not-sent' | 'stuck' | 'answer-lost' | 'dies-before' | 'dies-after' | 'hangs';

export interface SimPortOptions {
  /** Asked for every command, in order. */
  fault(server: SimServer, command: ServerCommand): CommandFault;
  /** Looks at a command just before it is obeyed. */
  inspect(server: SimServer, command: ServerCommand): Promise<void>;
}

/** How long a statement takes. */
const LATENCY_MS = 1;
/** A server that goes on answers a pending question before it obeys a pending order. */
const LATE_MS = 5;

/** The port to a simulated fleet, as one of our processes has it. */
export function createSimPort(world: World, options: SimPortOptions): Servers {
  const { clock } = world;
  const pinned = new Set<string>();

  /** null when the server answers within the deadline. */
  async function reach(key: InstanceKey, deadlineMs: number): Promise<ServerFailure | null> {
    await clock.sleep(LATENCY_MS);
    world.advance();
    const server = world.byKey(key);
    if (server === null) return failure('unresolved', key);
    if (!server.isUp) return failure('refused', key);
    const slowness = server.isHung || server.isCutOff ? Number.POSITIVE_INFINITY : server.answersAfterMs;
    if (slowness >= deadlineMs) {
      await clock.sleep(deadlineMs);
      return failure('deadline', key);
    }
    await clock.sleep(slowness);
    world.advance();
    return server.isUp ? null : failure('closed', key);
  }

  async function execute(server: SimServer, command: ServerCommand, deadlineMs: number): Promise<CommandOutcome> {
    const failed = (kind: 'closed' | 'deadline'): CommandOutcome => ({
      kind: 'failed',
      failure: failure(kind, server.key),
    });
    const fault = options.fault(server, command);
    if (fault !== 'none') world.tell(`${server.number} ← ${command.kind} meets with: ${fault}`);
    if (fault === 'not-sent') return failed('closed');
    if (fault === 'dies-before') world.crash(server.number);
    if (fault === 'hangs') world.hang(server.number);
    if (fault === 'dies-before') return failed('closed');
    if (fault === 'hangs' || fault === 'stuck') {
      // It has come to the server: one that goes on some day obeys it then. What is not taken back is looked at elsewhere.
      if (fault === 'hangs' && (command.kind === 'stop-receiver' || command.kind === 'stop-applier'))
        world.onWake(server.number, () => void clock.sleep(LATE_MS).then(() => world.command(server, command)));
      await clock.sleep(deadlineMs);
      return failed('deadline');
    }
    await options.inspect(server, command);
    const { errorNumber } = world.command(server, command);
    if (fault === 'dies-after') world.crash(server.number);
    if (fault === 'answer-lost' || fault === 'dies-after') {
      await clock.sleep(fault === 'answer-lost' ? deadlineMs : LATENCY_MS);
      return failed(fault === 'answer-lost' ? 'deadline' : 'closed');
    }
    return errorNumber === null
      ? { kind: 'done', statements: [command.kind] }
      : { kind: 'failed', failure: failure('answered', server.key, errorNumber) };
  }

  return {
    async probe(key, { deadlineMs }) {
      const problem = await reach(key, deadlineMs);
      const server = world.byKey(key);
      if (problem !== null || server === null)
        return {
          kind: 'failed',
          failure: problem ?? failure('unresolved', key),
          isPartial: false,
          latencyMs: LATENCY_MS,
        };
      pinned.add(formatKey(key));
      world.read.set(server.number, server.log.entries.length);
      return { kind: 'answered', instance: read(server, world.servers, clock.monotonicMs()), warnings: [] };
    },
    async knock(key, deadlineMs) {
      const problem = await reach(key, deadlineMs);
      return problem === null ? { kind: 'answered' } : { kind: 'failed', failure: problem };
    },
    async execute(instance, command, { deadlineMs }) {
      const problem = await reach(instance.key, deadlineMs);
      const server = world.byKey(instance.key);
      if (problem !== null || server === null)
        return { kind: 'failed', failure: problem ?? failure('unresolved', instance.key) };
      return execute(server, command, deadlineMs);
    },
    async inquire(instance, inquiry, { deadlineMs }) {
      const problem = await reach(instance.key, deadlineMs);
      const server = world.byKey(instance.key);
      if (problem !== null || server === null)
        return { kind: 'failed', failure: problem ?? failure('unresolved', instance.key) };
      return { kind: 'answered', answer: answerInquiry(server, inquiry) };
    },
    renamed: (instance, key) => ({ ...instance, key }),
    render: (_instance, command) => [command.kind],
    onSessionEvent: (listener: (event: SessionEvent) => void) =>
      world.onSessionLost((event) => {
        if (pinned.delete(formatKey(event.key))) listener(event);
      }),
    release: (key) => void pinned.delete(formatKey(key)),
    close: () => Promise.resolve(),
  };
}

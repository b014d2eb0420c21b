import { type ProbeClass, sameProbeClass } from '../dialect/probe-class.ts';
import { fullProbe, replicationProbe } from '../dialect/probe-statements.ts';
import {
  isOfServer,
  isSameServer,
  type ProbeRows,
  readInstance,
  readProbeClass,
  readQuickInstance,
} from '../dialect/read-instance.ts';
import type { Clock, ProbeOutcome, ProbeRequest, ServerFailure, SessionEvent } from '../engine/ports.ts';
import type { Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { parseVersion } from '../model/version.ts';
import { classify } from './classify.ts';
import type { Connector } from './connector.ts';
import { endsSessionsMutely, isDoorShut } from './door.ts';
import { closedFailure, doorShutFailure } from './failure.ts';
import { askingLogEnd, readWithLogEnd, withoutLogEnd } from './log-end.ts';
import { type BatchOutcome, createRefusals, readBatch } from './read-batch.ts';
import type { Session } from './session.ts';
import type { ServersSettings } from './settings.ts';

/*
 * The pinned probe session of one server.
 *
 * absent  no session. A probe opens one.
 * ready   session open, kept between probes; its end is told at once, whether or not a probe is under way.
 *         Leaves to absent when it ends, when a deadline destroys it, or on release().
 */

export interface Prober {
  /** One probe; the caller sees to it that there is one at a time. `onSent` runs just before the reading begins. */
  run(request: ProbeRequest, onSent: () => void): Promise<ProbeOutcome>;
  release(): void;
}

/** What is asked when the statements chosen by the greeting do not fit, e.g. behind a proxy that invents a version. */
const WHO_ARE_YOU =
  'SELECT @@global.version AS version, @@global.version_comment AS version_comment, @@global.performance_schema AS performance_schema';

const LOG_HELD =
  'is not asked where its log ends: commits wait for a semi-sync acknowledgement, and it may not answer until one comes';

/** A crash closes the door and all sessions at once, but not in one instant: a session open so much later is no crash. */
const OPEN_AFTER_MS = 100;

type Reading =
  | { readonly kind: 'read'; readonly instance: Instance; readonly warnings: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: ServerFailure; readonly isPartial: boolean };

export function createProber(
  key: InstanceKey,
  deps: {
    readonly clock: Clock;
    readonly connector: Connector;
    readonly emit: (event: SessionEvent) => void;
  },
  settings: ServersSettings,
): Prober {
  const { clock, connector, emit } = deps;
  const refusals = createRefusals(clock);
  let pinned: { readonly session: Session; probeClass: ProbeClass } | null = null;
  let performanceSchema = true;
  /** It followed nobody when last read: the one whose shutdown matters. */
  let isTop = false;
  let isReleased = false;
  /** Ended by us, since another session may be allowed more: nothing to tell. */
  const isRenewed = new WeakSet<Session>();

  async function open(deadlineMs: number): Promise<ServerFailure | null> {
    const opened = await connector.open(key, { multipleStatements: true }, deadlineMs);
    if (opened.kind === 'failed') return opened.failure;
    const session = opened.value;
    if (isReleased) {
      session.end();
      return closedFailure(key);
    }
    refusals.clear();
    pinned = { session, probeClass: { version: parseVersion(session.serverVersion), performanceSchema } };
    session.onLost((failure) => {
      if (pinned?.session === session) pinned = null;
      if (!isReleased && !isRenewed.has(session)) emit({ kind: 'session-lost', key, failure });
    });
    return null;
  }

  async function read(request: ProbeRequest, startMs: number): Promise<Reading> {
    const current = pinned;
    if (current === null) throw new Error('read() needs a session');
    const { session } = current;
    const remainingMs = (): number =>
      Math.min(settings.readTimeoutMs, request.deadlineMs - (clock.monotonicMs() - startMs));
    const previous = request.depth === 'replication' ? request.previous : null;

    let isReclassified = false;
    for (;;) {
      const probeClass = current.probeClass;
      const batch = await readRows(session, probeClass, request, previous, remainingMs);
      if (batch.kind === 'failed') {
        const told = batch.refusedPart === null || isReclassified ? null : await askClass(session, remainingMs);
        if (told === null || sameProbeClass(told, probeClass)) {
          return { kind: 'failed', failure: batch.failure, isPartial: batch.hasIdentity };
        }
        current.probeClass = told;
      } else {
        const told = readProbeClass(batch.rows);
        performanceSchema = told.performanceSchema;
        if (isReclassified || sameProbeClass(told, probeClass))
          return finish(session, batch.rows, request, startMs, remainingMs);
        current.probeClass = told;
      }
      isReclassified = true;
    }
  }

  async function readRows(
    session: Session,
    probeClass: ProbeClass,
    request: ProbeRequest,
    previous: Instance | null,
    remainingMs: () => number,
  ): Promise<BatchOutcome> {
    const all = previous === null ? fullProbe(probeClass) : replicationProbe(probeClass, previous.semiSync);
    if (request.withoutLogEnd === true) return readBatch(session, withoutLogEnd(all), refusals, remainingMs);
    const { version } = probeClass;
    const asking = askingLogEnd(all, version, request.previous?.semiSync ?? null);
    return readWithLogEnd(session, asking, version, refusals, clock, remainingMs);
  }

  async function finish(
    session: Session,
    rows: ProbeRows,
    request: ProbeRequest,
    startMs: number,
    remainingMs: () => number,
  ): Promise<Reading> {
    const latencyMs = clock.monotonicMs() - startMs;
    if (request.depth === 'replication' && request.previous !== null) {
      // Another server answers at this address, or it was upgraded: nothing of the previous reading may stand.
      if (!isSameServer(rows, request.previous)) return read({ ...request, depth: 'full', previous: null }, startMs);
      const hasLagQuery = settings.replicationLagQuery !== '';
      const instance = readQuickInstance(rows, request.previous, { key, latencyMs, hasLagQuery });
      const { ownCoordinates } = request.withoutLogEnd === true ? request.previous : instance;
      return { kind: 'read', instance: { ...instance, ownCoordinates }, warnings: [] };
    }
    const lastKnown = request.lastKnown ?? request.previous;
    const known = lastKnown !== null && isOfServer(rows, lastKnown) ? lastKnown : null;
    const classified = await classify(session, key, settings, known, remainingMs);
    const isHeld = request.withoutLogEnd !== true && rows.ownPosition === undefined;
    const held = isHeld && !refusals.isRefused('ownPosition') ? [LOG_HELD] : [];
    const instance = readInstance(rows, classified.extras, { key, latencyMs, previous: request.previous });
    return { kind: 'read', instance, warnings: [...refusals.warnings(), ...held, ...classified.warnings] };
  }

  async function askClass(session: Session, remainingMs: () => number): Promise<ProbeClass | null> {
    const answer = await session.query(WHO_ARE_YOU, remainingMs(), 'answer the probe');
    return answer.kind === 'ok' ? readProbeClass({ identity: answer.value[0] ?? [] }) : null;
  }

  /** Asked before the session is used, because using it ends it (see door.ts). */
  async function seesShutdown(session: Session, deadlineMs: number): Promise<boolean> {
    if (!isTop || !endsSessionsMutely(parseVersion(session.serverVersion))) return false;
    if (!(await isDoorShut(connector, key, deadlineMs))) return false;
    await clock.sleep(OPEN_AFTER_MS);
    return session.endedBy === null;
  }

  return {
    async run(request, onSent) {
      const startMs = clock.monotonicMs();
      const failedWith = (failure: ServerFailure, isPartial: boolean): ProbeOutcome => ({
        kind: 'failed',
        failure,
        isPartial,
        latencyMs: clock.monotonicMs() - startMs,
      });
      if (pinned !== null && pinned.session.endedBy !== null) pinned = null;
      if (pinned !== null && (await seesShutdown(pinned.session, request.deadlineMs))) {
        const failure = doorShutFailure(key);
        if (!isReleased) emit({ kind: 'session-lost', key, failure });
        return failedWith(failure, false);
      }
      if (pinned !== null && request.depth === 'full' && refusals.isDue()) {
        isRenewed.add(pinned.session);
        pinned.session.end();
        pinned = null;
      }
      if (pinned === null) {
        const failure = await open(request.deadlineMs);
        if (failure !== null) return failedWith(failure, false);
      }
      onSent();
      const reading = await read(request, startMs);
      if (reading.kind === 'failed') {
        // Whoever asked: the word counts, and the session ends right after it.
        if (reading.failure.kind === 'shutting-down' && !isReleased)
          emit({ kind: 'session-lost', key, failure: reading.failure });
        return failedWith(reading.failure, reading.isPartial);
      }
      isTop = reading.instance.replication === null;
      return { kind: 'answered', instance: reading.instance, warnings: reading.warnings };
    },
    release() {
      isReleased = true;
      pinned?.session.end();
      pinned = null;
    },
  };
}

import { correlate, type Side } from '../../binlog/correlate.ts';
import { createMarkers, type MarkerSettings } from '../../binlog/marker.ts';
import { statementText } from '../../binlog/meaning.ts';
import { filesOf, findLastBefore, findSameEntry } from '../../binlog/relay-position.ts';
import { type FoundEntry, findLastMarker, findText, type SearchOptions } from '../../binlog/search.ts';
import type { LogKind } from '../../model/binlog-event.ts';
import { type BinlogCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type BinlogReader, type LogCoordinates, type LogReadOptions, NO_SUCH_LOG } from '../ports/binlog.ts';
import {
  type Cancellable,
  type Correlated,
  type CorrelateOptions,
  type EntryFound,
  guarded,
  NOT_CONFIGURED,
  type PseudoGtid,
  type Refused,
  type RelayEntryFound,
  refuse,
} from './answers.ts';
import type { CoordinateMemory } from './coordinate-memory.ts';
import { locateErrant } from './locate-errant.ts';
import { binlogSource, readValueOf, relaySource } from './log-sources.ts';
import { cannotFeed, type Way, waysOf } from './ways.ts';

export interface PseudoGtidSettings {
  /** As resolved by resolveMarkerSettings (binlog/marker.ts). */
  readonly markers: MarkerSettings;
  /** BinlogEventsChunkSize. */
  readonly chunkEvents: number;
  /** For each statement that reads a log. */
  readonly readDeadlineMs: number;
}

export function createPseudoGtid(
  deps: { readonly reader: BinlogReader; readonly memory: CoordinateMemory },
  settings: PseudoGtidSettings,
): PseudoGtid {
  const { reader, memory } = deps;
  const rules = { ...createMarkers(settings.markers), chunkEvents: settings.chunkEvents };
  const isConfigured = settings.markers.pattern !== '';
  const readOptions = (options: Cancellable | undefined): LogReadOptions => ({
    deadlineMs: settings.readDeadlineMs,
    signal: options?.signal,
  });

  function sideOf(instance: Instance, log: LogKind, now: LogCoordinates | null, options: LogReadOptions): Side {
    const source =
      log === 'binlog'
        ? binlogSource(reader, instance, options)
        : relaySource(reader, instance, now?.relay?.file ?? '', options);
    return { name: formatKey(instance.key), source, boundaries: memory.boundaries(instance.key, log) };
  }

  async function correlateBy(
    way: Way,
    instance: Instance,
    destination: Instance,
    now: LogCoordinates,
    end: BinlogCoordinates,
    options: CorrelateOptions,
  ): Promise<Correlated> {
    const limits = readOptions(options);
    const sides = [sideOf(instance, way.log, now, limits), sideOf(destination, 'binlog', null, limits)] as const;
    const outcome = await withoutBoundariesOnError(sides, (own, theirs) =>
      correlate(own, theirs, rules, { end, strict: options.strict ?? false }),
    );
    return outcome.kind === 'matched' ? { ...outcome, instanceEnd: end } : outcome;
  }

  /** Tries the ways in turn: a log that lacks the entry says nothing, two logs that differ where they should not say no. */
  async function correlateAll(
    instance: Instance,
    destination: Instance,
    ways: readonly Way[],
    now: LogCoordinates,
    options: CorrelateOptions,
  ): Promise<Correlated> {
    const refusals: Refused[] = [];
    for (const way of ways) {
      const end = way.log === 'binlog' ? now.own : now.relay;
      if (end === null) continue;
      const outcome = await correlateBy(way, instance, destination, now, end, options);
      if (outcome.kind === 'matched') return outcome;
      refusals.push(outcome);
      if (way.isDecisive && (outcome.code === 'different' || outcome.code === 'behind')) break;
    }
    const last = refusals.at(-1);
    if (last === undefined) return refuse('no-logs', noLogs(instance, options.skipBinlogSearch ?? false));
    return refuse(last.code, [...new Set(refusals.map((refusal) => refusal.reason))].join('; '));
  }

  async function correlateChecked(
    instance: Instance,
    destination: Instance,
    options: CorrelateOptions,
    position: BinlogCoordinates | null,
    ways: readonly Way[],
  ): Promise<Correlated> {
    const unfit = isConfigured ? cannotFeed(instance, destination) : NOT_CONFIGURED;
    if (unfit !== null) return unfit;
    return guarded(async () => {
      const limits = readOptions(options);
      const now = readValueOf(instance, await reader.readCoordinates(instance, limits));
      if (position !== null) return correlateAll(instance, destination, ways, { ...now, own: position }, options);
      const gaps = await mayHaveGaps(instance, now, limits);
      return gaps ?? correlateAll(instance, destination, ways, now, options);
    });
  }

  async function mayHaveGaps(instance: Instance, now: LogCoordinates, limits: LogReadOptions): Promise<Refused | null> {
    if (now.relay === null || (!now.isApplierRunning && now.applierErrorNumber === 0)) return null;
    const order = readValueOf(instance, await reader.readApplierOrder(instance, limits));
    if (order === 'in-order') return null;
    const name = formatKey(instance.key);
    return refuse(
      'gaps',
      now.applierErrorNumber === 0
        ? `the applier of ${name} runs with several workers that commit in any order, so it has no one place; stop it first`
        : `the applier of ${name} stopped with error ${now.applierErrorNumber}, and its workers commit in any order, so it may have left out a transaction in the middle; mend the error and start it`,
    );
  }

  async function lastMarkerOf(instance: Instance, options: Cancellable | undefined): Promise<EntryFound> {
    const limits = readOptions(options);
    const now = readValueOf(instance, await reader.readCoordinates(instance, limits));
    for (const { log } of waysOf(instance, instance, false)) {
      const end = log === 'binlog' ? now.own : now.relay;
      if (end === null) continue;
      const found = await searched(sideOf(instance, log, now, limits), end, ({ source }, search) =>
        findLastMarker(source, rules, search),
      );
      if (found !== null) return foundEntry(found);
    }
    return refuse(
      'no-marker',
      `${formatKey(instance.key)} has no Pseudo-GTID entry in its logs; see that entries are written (AutoPseudoGTID)`,
    );
  }

  async function executedRelayEntry(
    instance: Instance,
    position: BinlogCoordinates | null,
    limits: LogReadOptions,
  ): Promise<RelayEntryFound> {
    const now = readValueOf(instance, await reader.readCoordinates(instance, limits));
    if (now.relay === null) return refuse('nothing', noRelayEntry(instance));
    const { source } = sideOf(instance, 'relaylog', now, limits);
    const files = position === null ? [] : await filesOf(source);
    if (position !== null && !files.includes(position.file)) {
      const has = files.length === 0 ? 'it has none' : `it has ${files[0]} to ${files.at(-1)}`;
      return refuse('nothing', `${formatKey(instance.key)} has no relay log ${position.file}; ${has}`);
    }
    // The event at a given position counts; the executed point is where the next one begins.
    const end = position === null ? now.relay : { ...position, position: position.position + 1 };
    const entry = await findLastBefore(source, end, settings.chunkEvents);
    return entry === null ? refuse('nothing', noRelayEntry(instance)) : { kind: 'found', ...entry };
  }

  return {
    correlate: (instance, destination, options = {}) =>
      correlateChecked(
        instance,
        destination,
        options,
        null,
        waysOf(instance, destination, options.skipBinlogSearch ?? false),
      ),
    correlateBinlogPosition: (instance, destination, position, options = {}) =>
      correlateChecked(instance, destination, options, position, [{ log: 'binlog', isDecisive: true }]),
    correlateRelayPosition: (instance, destination, position, options) =>
      guarded(async () => {
        const limits = readOptions(options);
        const entry = await executedRelayEntry(instance, position, limits);
        if (entry.kind === 'refused') return entry;
        const now = readValueOf(destination, await reader.readCoordinates(destination, limits));
        if (now.relay === null) return refuse('no-logs', noRelayEntry(destination));
        const { source } = sideOf(destination, 'relaylog', now, limits);
        const same = await findSameEntry(source, entry, settings.chunkEvents);
        if (same === null) {
          const reason = `the relay logs of ${formatKey(destination.key)} do not hold the event at ${formatCoordinates(entry.coordinates)} of ${formatKey(instance.key)}; it has not received it, or has purged it, or replicates from elsewhere`;
          return refuse('marker-missing', reason);
        }
        return {
          kind: 'matched',
          instanceCoordinates: entry.coordinates,
          destinationCoordinates: same.coordinates,
          next: same.next,
        };
      }),
    lastExecutedRelayEntry: (instance, options) =>
      guarded(() => executedRelayEntry(instance, null, readOptions(options))),
    lastEntry: (instance, options) =>
      isConfigured ? guarded(() => lastMarkerOf(instance, options)) : Promise.resolve(NOT_CONFIGURED),
    findEntry: (instance, text, options) =>
      guarded(async () => {
        const wanted = statementText(text);
        const side = sideOf(instance, 'binlog', null, readOptions(options));
        const found = await searched(side, null, ({ source }, search) =>
          findText(source, wanted, rules, { ...search, strict: true }),
        );
        return found === null
          ? refuse('marker-missing', `the binary logs of ${formatKey(instance.key)} hold no entry "${wanted}"`)
          : foundEntry(found);
      }),
    locateErrant: (instance, errantGtid, options) =>
      guarded(() => locateErrant(reader, instance, errantGtid, readOptions(options))),
  };
}

/** Runs a search with what is known of the log; again without, when that turns out to be of another log of the same name. */
async function withoutBoundariesOnError<T>(
  sides: readonly [Side, Side],
  search: (own: Side, theirs: Side) => Promise<T>,
): Promise<T> {
  const [own, theirs] = sides;
  try {
    return await search(own, theirs);
  } catch (thrown) {
    const isKnown = own.boundaries.length + theirs.boundaries.length > 0;
    if (!isKnown || !(thrown instanceof OrchestratorError) || thrown.details.errorNumber !== NO_SUCH_LOG) throw thrown;
    return search({ ...own, boundaries: [] }, { ...theirs, boundaries: [] });
  }
}

const searched = (
  side: Side,
  end: BinlogCoordinates | null,
  search: (side: Side, options: SearchOptions) => Promise<FoundEntry | null>,
): Promise<FoundEntry | null> =>
  withoutBoundariesOnError([side, side], (own) => search(own, { boundaries: own.boundaries, end }));

const foundEntry = ({ entry }: FoundEntry): EntryFound => ({
  kind: 'found',
  text: entry.text,
  coordinates: entry.coordinates,
});

const noRelayEntry = (instance: Instance): string =>
  `${formatKey(instance.key)} has no replicated event in its relay logs; it replicates from nowhere, or has purged them`;

const noLogs = (instance: Instance, onlyRelayLogs: boolean): string =>
  onlyRelayLogs
    ? `${formatKey(instance.key)} replicates from nowhere, so it has no relay logs`
    : `${formatKey(instance.key)} has neither binary logs of all that it executes (log_bin and log_replica_updates) nor relay logs`;

import type { BinlogEvent, LogKind } from '../model/binlog-event.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import { type EventMeaning, meaningOf } from './meaning.ts';

/** One change of a transaction, in words that are the same in every server's log. */
export interface LoggedChange {
  readonly text: string;
  readonly coordinates: BinlogCoordinates;
}

/** A transaction (or a single statement such as a DDL) in one server's log. */
export interface LoggedTransaction {
  /** Where it begins, its GTID event included. */
  readonly start: BinlogCoordinates;
  /** Where the next begins; in a relay log this is a position in the source's binary log and of no use here. */
  readonly end: BinlogCoordinates;
  /** Where its last event begins. */
  readonly last: BinlogCoordinates;
  /** The server that ran it first. */
  readonly serverId: number;
  /** null: anonymous, or from a server without GTIDs. */
  readonly gtid: string | null;
  /**
   * At least one. A ROLLBACK or XA PREPARE at the end is one too; COMMIT is none, since a replica of MySQL 5.6 commits elsewhere
   * than its source did (CREATE TABLE … SELECT).
   */
  readonly changes: readonly LoggedChange[];
  /** The change that is a Pseudo-GTID entry. */
  readonly marker: LoggedChange | null;
}

export interface TransactionRules {
  /** Changes that count as not there (SkipBinlogEventsContaining). */
  isSkipped(text: string): boolean;
  isMarker(text: string): boolean;
}

/** Statements that end an open transaction by themselves, so that one of these is never inside one. */
const ENDS_TRANSACTION =
  /^(use `(?:[^`]|``)*`; )?(drop (?!temporary)|alter |rename |truncate |create (or replace )?(\S+=\S+ )*view )/i;

/** Makes transactions of events. */
export interface TransactionAssembler {
  /** The transaction that this event ends; null while it is not complete, and for one without changes. */
  push(event: BinlogEvent): LoggedTransaction | null;
}

interface Draft {
  readonly start: BinlogCoordinates;
  readonly gtid: string | null;
  readonly tables: Map<string, string>;
  readonly changes: LoggedChange[];
  serverId: number;
  isOpen: boolean;
  details: string;
  /** Text of rows events of one statement, cut differently by each server: only the first counts. */
  runningRows: string | null;
  marker: LoggedChange | null;
}

/**
 * States: nothing begun; begun (after a GTID event: a BEGIN or a single statement follows); open (until COMMIT, ROLLBACK or XA
 * PREPARE). `atBoundary` false: reading began at a place which may lie inside a transaction (the begin of a relay log), so
 * everything up to the next certain begin is left out. A begin inside an open transaction drops it: the receiver lost its
 * source in the middle and got it again.
 */
export function createTransactionAssembler(
  log: LogKind,
  rules: TransactionRules,
  atBoundary: boolean,
): TransactionAssembler {
  let draft: Draft | null = null;
  let isSynchronised = atBoundary;

  const place = (event: BinlogEvent): BinlogCoordinates => ({ kind: log, file: event.file, position: event.position });

  function begin(event: BinlogEvent, gtid: string | null, isOpen: boolean): Draft {
    isSynchronised = true;
    draft = {
      start: place(event),
      gtid,
      tables: new Map(),
      changes: [],
      serverId: event.serverId,
      isOpen,
      details: '',
      runningRows: null,
      marker: null,
    };
    return draft;
  }

  function add(current: Draft, event: BinlogEvent, text: string): void {
    if (rules.isSkipped(text)) return;
    if (current.changes.length === 0) current.serverId = event.serverId;
    const change = { text, coordinates: place(event) };
    current.changes.push(change);
    if (current.marker === null && rules.isMarker(text)) current.marker = change;
  }

  function finish(current: Draft, event: BinlogEvent, endText: string | null): LoggedTransaction | null {
    draft = null;
    if (current.changes.length === 0) return null;
    const { start, gtid, serverId, changes, marker } = current;
    if (endText !== null && endText !== 'COMMIT') changes.push({ text: endText, coordinates: place(event) });
    const end = { kind: log, file: event.file, position: event.endPosition };
    return { start, end, last: place(event), gtid, serverId, changes, marker };
  }

  function pushMeaning(event: BinlogEvent, meaning: EventMeaning): LoggedTransaction | null {
    if (meaning.kind === 'none') return null;
    if (meaning.kind === 'gtid') {
      begin(event, meaning.gtid, meaning.opens);
      return null;
    }
    if (meaning.kind === 'begin') {
      if (draft !== null && draft.changes.length === 0 && draft.runningRows === null) draft.isOpen = true;
      else begin(event, null, true);
      return null;
    }
    if (!isSynchronised && !(meaning.kind === 'statement' && ENDS_TRANSACTION.test(meaning.text))) return null;
    const current = draft ?? begin(event, null, false);
    switch (meaning.kind) {
      case 'xa-start':
        current.isOpen = true;
        add(current, event, meaning.text);
        return null;
      case 'end':
        return finish(current, event, meaning.text);
      case 'table-map':
        current.isOpen = true;
        current.tables.set(meaning.tableId, meaning.table);
        return null;
      case 'rows': {
        current.isOpen = true;
        const text = `${meaning.verb} ${current.tables.get(meaning.tableId) ?? `of unknown table ${meaning.tableId}`}`;
        if (current.runningRows !== text) add(current, event, text);
        current.runningRows = meaning.endsStatement ? null : text;
        return null;
      }
      case 'detail':
        current.details += `${meaning.text}; `;
        return null;
      case 'statement': {
        const isMarker = rules.isMarker(meaning.text);
        // What is skipped takes its details with it; a marker's text must stay as it is.
        if (!rules.isSkipped(meaning.text))
          add(current, event, isMarker ? meaning.text : current.details + meaning.text);
        current.details = '';
        return current.isOpen ? null : finish(current, event, null);
      }
    }
  }

  return { push: (event) => pushMeaning(event, meaningOf(event)) };
}

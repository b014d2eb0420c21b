import type { OperationKind } from '../plan/operations/request.ts';

/** Chapters of the table: sections of the command listing and of the API document alike (historic names). */
export const OPERATION_SECTIONS = [
  'Smart relocation',
  'Classic file:pos relocation',
  'Binlog server relocation',
  'GTID relocation',
  'Pseudo-GTID relocation',
  'Replication, general',
  'Instance',
  'Binary logs',
] as const;
export type OperationSection = (typeof OPERATION_SECTIONS)[number];

/** What an operation takes beside servers. On the way in by HTTP a required one is a part of the path, else of the query. */
export const OPERATION_PARAMETERS = ['seconds', 'process', 'logFile'] as const;
export type OperationParameter = (typeof OPERATION_PARAMETERS)[number];

/** What a done operation comes to, in the words that messages and listings use. */
export interface DoneFacts {
  /** `host:port` of the server that was named first. */
  readonly instance: string;
  /** The one that was named second; the source it now has where none was named; '' for none. */
  readonly destination: string;
  /** The server that the answer shows: the moved one, or the one that others were moved to. */
  readonly subject: string;
  /** Servers moved, without the subject. */
  readonly moved: number;
  /** Of those by Pseudo-GTID. */
  readonly movedByPseudoGtid: number;
  /** Servers that could not be moved. */
  readonly failed: number;
  /** Where the subject reads on in its new source's log, `file:position`, as a search by Pseudo-GTID found it; '' without one. */
  readonly matchedAt: string;
  /** Empty transactions that were committed. */
  readonly injected: number;
}

/** `Details` of the historic answer. */
export type OperationDetails = 'instance' | 'instances' | 'subject-key' | 'seconds';

/** What the command line prints: `host:port` of -i, `replica<source`, one line per server moved, or the promoted server. */
export type OperationPrint = 'instance' | 'move' | 'replicas' | 'replica-moves' | 'promoted';

/** One operation by all its historic names; routes, commands, client, OpenAPI and docs are derived from it. */
export interface OperationWords {
  readonly kind: OperationKind;
  readonly section: OperationSection;
  /** Paths below /api, without parameters; all but the first are synonyms. */
  readonly paths: readonly string[];
  /** Names on the command line and of the client; all but the first are synonyms. */
  readonly commands: readonly string[];
  /** The command line wants -i; without it, any other operation is about the server on this machine. */
  readonly needsInstance: boolean;
  readonly destination: 'none' | 'needed' | 'optional';
  /** Whether `?pattern=` and -pattern choose among the replicas. */
  readonly takesPattern: boolean;
  readonly parameter: { readonly name: OperationParameter; readonly isRequired: boolean } | null;
  readonly details: OperationDetails;
  readonly prints: OperationPrint;
  /** The historic message; where no recording of one exists, in its style. */
  readonly message: (facts: DoneFacts) => string;
  /** What the command line prints after the promoted server. */
  readonly countsLine: ((facts: DoneFacts) => string) | null;
  /** One sentence. */
  readonly doc: string;
}

/** A row of the table as it is written: what is not told is the commonest. */
export type OperationRow = Pick<OperationWords, 'kind' | 'message' | 'doc'> &
  Partial<Omit<OperationWords, 'kind' | 'message' | 'doc' | 'section'>>;

/** Fills in what rows leave out: path and command are called like the kind, they are about one server and print it. */
export const operationsOf = (section: OperationSection, rows: readonly OperationRow[]): readonly OperationWords[] =>
  rows.map((row) => ({
    section,
    paths: [row.kind],
    commands: [row.kind],
    needsInstance: false,
    destination: 'none',
    takesPattern: false,
    parameter: null,
    details: 'instance',
    prints: 'instance',
    countsLine: null,
    ...row,
  }));

/** Whether the operation moves servers about, rather than acting on one where it is. */
export const isRelocation = ({ section }: OperationWords): boolean => section.endsWith('relocation');

/** The sentence without its capital and full stop, as listings of commands print it. */
export const docOfCommand = ({ doc }: OperationWords): string =>
  `${doc.charAt(0).toLowerCase()}${doc.slice(1).replace(/\.$/, '')}`;

/** What may be bound to a statement. Booleans go as 0/1: not every driver takes them. */
export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

export interface RunResult {
  /** Rows inserted, changed or deleted. */
  readonly changes: number;
  /** The automatic key of the row inserted; 0 when none. */
  readonly insertId: number;
}

/** A place to send statements to: the database itself, or one transaction of it. `?` marks a parameter. */
export interface Session {
  readonly dialect: SqlDialect;
  all(sql: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  run(sql: string, parameters?: readonly SqlValue[]): Promise<RunResult>;
  /** The same one-row `insert … values (…)` for every row, in as few round trips as the engine allows. */
  runForRows(insert: RowInsert, rows: readonly (readonly SqlValue[])[]): Promise<void>;
}

/** The small port under all repositories; sqlite/ and mysql/ implement it. */
export interface Database extends Session {
  /** A file, or host:port/database. */
  readonly location: string;
  /**
   * Runs `work` with the write lock taken from the start (SQLite) or at read committed (MySQL); rolls back when it throws.
   * A transaction that lost a lock race is run again, so `work` must have no effects but statements.
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Differs after another connection wrote; null where the engine cannot tell. */
  foreignChangeToken(): Promise<string | null>;
  /** Whether it can. */
  readonly tellsForeignChanges: boolean;
  close(): Promise<void>;
}

/** An insert in three parts, so that MySQL can repeat the tuple. */
export interface RowInsert {
  readonly head: string;
  readonly tuple: string;
  readonly tail: string;
}

/** Where the two engines use different words for one thing. All times inside are UTC. */
export interface SqlDialect {
  readonly kind: 'sqlite' | 'mysql';
  /** The current time, as the table columns keep it. */
  readonly now: string;
  /** Whole seconds since the epoch. */
  readonly unixNow: string;
  /** The time a bound number of seconds ago. */
  readonly secondsAgo: string;
  /** The time a bound number of seconds from now; null stays null. */
  readonly secondsAhead: string;
  /** A bound number of epoch seconds as a column value; null stays null. */
  readonly fromUnix: string;
  /** A column as epoch seconds; null when it holds no time. */
  toUnix(column: string): string;
  /** A time column as the text users see: UTC on SQLite, the server's local time on MySQL, as ever. */
  timeText(column: string): string;
  readonly insertIgnore: string;
  /** Ends a select whose rows must not change before the transaction ends. */
  readonly forUpdate: string;
  /** `insert` that overwrites `update` columns where `keys` exist already. */
  upsert(table: string, columns: readonly UpsertColumn[], keys: readonly string[], onUpdate?: string): RowInsert;
}

export interface UpsertColumn {
  readonly name: string;
  /** SQL of the value; `?` when bound as it is. */
  readonly value: string;
}

/** The statement of a one-row insert. */
export const insertText = (insert: RowInsert): string => `${insert.head}${insert.tuple}${insert.tail}`;

/**
 * A text as SQL string literal. Quotes and backslashes are doubled: right in every sql_mode but NO_BACKSLASH_ESCAPES, so
 * control sessions begin with CONTROL_SESSION_SQL, which fixes the mode of that session whatever the server's is.
 * (CHANGE REPLICATION SOURCE takes plain literals only: neither placeholders nor hexadecimal notation help there.)
 */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** First statement of every control session; the lock wait is that of design §4 (seconds), so that nothing waits for hours. */
export const CONTROL_SESSION_SQL = "SET SESSION sql_mode='', lock_wait_timeout=1";

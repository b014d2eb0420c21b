/** Counts what this process itself wrote to the tables of intent: SQLite tells a connection only what others wrote. */
export interface OwnChanges {
  count(): number;
  /** Call after the commit. */
  add(): void;
}

/** A counter that starts at 0 and never goes back. */
export function createOwnChanges(): OwnChanges {
  let changes = 0;
  return {
    count: () => changes,
    add: () => {
      changes++;
    },
  };
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { OwnerLife } from '../../engine/ports.ts';
import type { OpenSqlite, SqliteConnection } from './engine.ts';
import { isSqliteBusy } from './sqlite-errors.ts';

/**
 * Which processes that own a recovery or an operation still live, also where their numbers mean nothing to us (a container has its own,
 * and a new host name at every start). Each keeps a file beside the backend locked; however it ends, the kernel lets go of the lock.
 */
export interface OwnerLocks {
  /** Locks for `owner` until close(), or its end. Where that cannot be done nobody will know whether it lives. */
  hold(owner: string): void;
  /** 'dead': nobody on this machine holds its lock. 'unknown': it has none. */
  lifeOf(owner: string): OwnerLife;
  /** Removes what dead owners left, but for those that still own something. */
  sweep(owning: readonly string[]): void;
  close(): void;
}

/** Somebody who looks whether a lock is free holds it for a moment. */
const HOLD_WITHIN_MS = 200;
const HOLD_TRIES = 5;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @param file The backend; it must be there. */
export function createOwnerLocks(open: OpenSqlite, file: string): OwnerLocks {
  const prefix = `${basename(file)}-owner-`;
  const held = new Map<string, { readonly connection: SqliteConnection; readonly root: NodeJS.Timeout }>();
  // Part of every name, so that the locks in a copied folder, which nobody holds, are not taken for those of the original.
  const { dev, ino } = statSync(file, { bigint: true });
  const nameOf = (owner: string): string =>
    `${prefix}${createHash('sha256').update(`${dev}:${ino} ${owner}`).digest('hex').slice(0, 16)}`;
  const pathOf = (owner: string): string => join(dirname(file), nameOf(owner));

  /** An empty file is an empty database to SQLite: nothing is ever written to it. @throws what SQLite throws, also when it is held. */
  function lock(path: string, withinMs: number): SqliteConnection {
    const connection = open(path);
    try {
      connection.exec(`pragma busy_timeout = ${withinMs}; pragma journal_mode = memory; begin exclusive`);
      return connection;
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
  }

  /** Does something while it has the lock of a file that is there; false when another process has it, or it cannot be had. */
  function whileFree(path: string, work: () => void): boolean {
    try {
      const connection = lock(path, 0);
      work();
      connection.close();
      return true;
    } catch {
      return false;
    }
  }

  /** A connection that nothing refers to is closed as garbage, and its lock with it: timers are referred to. */
  const keep = (connection: SqliteConnection): NodeJS.Timeout =>
    setInterval(() => void connection, LONGEST_TIMER_MS).unref();
  const remove = (path: string): void => rmSync(path, { force: true });

  return {
    hold(owner) {
      const path = pathOf(owner);
      for (let tries = 0; tries < HOLD_TRIES && !held.has(owner); tries += 1) {
        try {
          const connection = lock(path, HOLD_WITHIN_MS);
          // Swept between our opening and our locking it, the file has no name any more.
          if (existsSync(path)) held.set(owner, { connection, root: keep(connection) });
          else connection.close();
        } catch (thrown) {
          if (!isSqliteBusy(thrown)) break;
        }
      }
      // A file that nobody holds would say that we are dead.
      if (!held.has(owner)) remove(path);
    },
    lifeOf(owner) {
      if (held.has(owner)) return 'alive';
      const path = pathOf(owner);
      if (!existsSync(path)) return 'unknown';
      return whileFree(path, () => undefined) ? 'dead' : 'alive';
    },
    sweep(owning) {
      const kept = new Set([...owning, ...held.keys()].map(nameOf));
      for (const name of readdirSync(dirname(file))) {
        const path = join(dirname(file), name);
        if (name.startsWith(prefix) && !kept.has(name)) whileFree(path, () => remove(path));
      }
    },
    close() {
      for (const { connection, root } of held.values()) {
        clearInterval(root);
        connection.close();
      }
      held.clear();
    },
  };
}

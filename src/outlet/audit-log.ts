import { appendFile } from 'node:fs/promises';
import type { Clock } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { SYSLOG_PRIORITIES, type Syslog } from './syslog.ts';

export interface AuditEntry {
  /** e.g. `recover-dead-master`. */
  readonly type: string;
  readonly key: InstanceKey | null;
  readonly clusterName: string;
  readonly message: string;
}

export interface AuditLog {
  /** Takes the entry and returns at once; it is written in order, in the background. */
  write(entry: AuditEntry): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

export interface AuditLogDeps {
  readonly clock: Clock;
  /** null when AuditToSyslog is false. */
  readonly syslog: Syslog | null;
  /** Told once for every failure in a row; must not come back here. */
  readonly onFailure: (message: string) => void;
}

/**
 * The audit of operations on servers beside the backend's table: AuditLogFile and syslog.
 * The file is opened for every batch, so that it may be rotated away. Fields are separated by tabs:
 * time, type, host, port, [cluster], message.
 */
export function createAuditLog(deps: AuditLogDeps, settings: { readonly file: string }): AuditLog {
  let waiting: string[] = [];
  let writing: Promise<void> | null = null;
  let isFailing = false;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.join('');
      waiting = [];
      try {
        await appendFile(settings.file, batch, { mode: 0o640 });
        isFailing = false;
      } catch (error) {
        if (!isFailing) {
          deps.onFailure(
            `The audit log ${settings.file} cannot be written (${messageOf(error)}); entries are lost until it can. Make its directory, give this user the right to write, or free disk space.`,
          );
        }
        isFailing = true;
      }
    }
    writing = null;
  };

  return {
    write(entry) {
      const line = formatAuditLine(entry, deps.clock.now());
      deps.syslog?.write(line, SYSLOG_PRIORITIES.info);
      if (settings.file === '') return;
      waiting.push(`${line}\n`);
      writing ??= flush();
    },
    async close() {
      await writing;
    },
  };
}

/** One line of the audit, without the line break. In: the entry and epoch milliseconds. Tabs and line breaks become blanks. */
export function formatAuditLine(entry: AuditEntry, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
  const fields = [
    time,
    entry.type,
    entry.key?.hostname ?? '',
    String(entry.key?.port ?? 0),
    `[${entry.clusterName}]`,
    entry.message,
  ];
  return fields.map((field) => field.replace(/[\t\r\n]+/g, ' ')).join('\t');
}

import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';

export interface ScheduleSettings {
  readonly pollMs: number;
  /** DeadInstancePollSecondsMultiplyFactor: each failure multiplies the pause by this; 1 = no back-off. */
  readonly deadFactor: number;
  /** DeadInstancePollSecondsMax, milliseconds. */
  readonly deadMaxMs: number;
}

interface Entry {
  readonly key: InstanceKey;
  dueAtMs: number;
  failures: number;
}

/** When each known server is to be read next. Pure bookkeeping over a monotonic clock given by the caller. */
export interface Schedule {
  add(key: InstanceKey, nowMs: number): void;
  remove(key: InstanceKey): void;
  answered(key: InstanceKey, nowMs: number): void;
  failed(key: InstanceKey, nowMs: number): void;
  /** Servers that are due; each is moved one poll ahead, so that a slow read is not asked for twice. */
  takeDue(nowMs: number): readonly { readonly key: InstanceKey; readonly isDead: boolean }[];
  has(key: InstanceKey): boolean;
}

export function createSchedule(settings: ScheduleSettings): Schedule {
  const entries = new Map<string, Entry>();

  /** factor, factor², … times the poll interval, capped (historic rule of dead instances). */
  const pauseMs = (failures: number): number =>
    failures === 0
      ? settings.pollMs
      : Math.min(settings.pollMs * settings.deadFactor ** failures, Math.max(settings.deadMaxMs, settings.pollMs));

  return {
    add(key, nowMs) {
      const name = formatKey(key);
      if (!entries.has(name)) entries.set(name, { key, dueAtMs: nowMs, failures: 0 });
    },
    remove: (key) => void entries.delete(formatKey(key)),
    has: (key) => entries.has(formatKey(key)),
    answered(key, nowMs) {
      const entry = entries.get(formatKey(key));
      if (entry !== undefined) Object.assign(entry, { failures: 0, dueAtMs: nowMs + settings.pollMs });
    },
    failed(key, nowMs) {
      const entry = entries.get(formatKey(key));
      if (entry === undefined) return;
      entry.failures += 1;
      entry.dueAtMs = nowMs + pauseMs(entry.failures);
    },
    takeDue(nowMs) {
      const due = [...entries.values()].filter((entry) => entry.dueAtMs <= nowMs);
      for (const entry of due) entry.dueAtMs = nowMs + pauseMs(entry.failures);
      return due.map(({ key, failures }) => ({ key, isDead: failures > 0 }));
    },
  };
}

import type { Instance } from './instance.ts';

/** Uptimes are told in whole seconds: a server may restart within the second in which it was read. */
export const UPTIME_SLACK_MS = 2_000;

/** True for a server that was started after `sinceMs`, by a reading that told its uptime at `nowMs`; milliseconds of one clock. */
export const wasStartedSince = ({ uptimeSeconds }: Instance, sinceMs: number, nowMs: number): boolean =>
  nowMs - uptimeSeconds * 1000 > sinceMs + UPTIME_SLACK_MS;

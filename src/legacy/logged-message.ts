import { messageOf } from '../model/error.ts';
import { historicTimestamp } from './go-time.ts';

/** Failures that reach historic clients as a log line: with time and level in front. */
const LOGGED = [
  /^Unable to determine cluster name\b/,
  /^ForgetInstance\(\)/,
  /^NoSuchInstance\b/,
  /^relocate: /,
  /^Relocating \d+ replicas of /,
  /^locate-errant-gtid: /,
  /^gtid-errant-reset-master will not operate /,
];

/**
 * The message of a failure as the historic API and command line word it. A few of them came out of its log function and so begin with
 * `YYYY-MM-DD HH:MM:SS ERROR ` (UTC here); everything else is the message as it is.
 */
export const historicMessage = (thrown: unknown, nowMs: number): string => historicLine(messageOf(thrown), nowMs);

/** The same for a message that was not thrown. */
export const historicLine = (message: string, nowMs: number): string =>
  LOGGED.some((pattern) => pattern.test(message)) ? `${historicTimestamp(nowMs)} ERROR ${message}` : message;

import type { InstanceJson } from '../api/types.ts';
import { countOf } from './text.ts';

/** What is to be said of servers whose problems are not counted; null when there are none. */
export function downtimeSentence(
  downtimed: readonly Pick<InstanceJson, 'IsLastCheckValid' | 'DowntimeReason'>[],
): string | null {
  if (downtimed.length === 0) return null;
  const silent = downtimed.filter(({ IsLastCheckValid }) => !IsLastCheckValid).length;
  const reasons = [...new Set(downtimed.map(({ DowntimeReason }) => DowntimeReason).filter(Boolean))].join(', ');
  const notAnswering = silent === 0 ? '' : `, ${silent === downtimed.length ? '' : `${silent} of them `}not answering`;
  return `${countOf(downtimed.length, 'server')} downtimed${reasons === '' ? '' : ` (${reasons})`}${notAnswering}`;
}

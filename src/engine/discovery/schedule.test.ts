import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { createSchedule } from './schedule.ts';

const A = parseKey('a:3306', 3306);
const schedule = () => {
  const made = createSchedule({ pollMs: 5_000, deadFactor: 2, deadMaxMs: 30_000 });
  made.add(A, 0);
  return made;
};

describe('the schedule of polls', () => {
  it('a new server is due at once, and again one poll later', () => {
    const it = schedule();
    expect(it.takeDue(0)).toEqual([{ key: A, isDead: false }]);
    expect(it.takeDue(4_999)).toEqual([]);
    expect(it.takeDue(5_000)).toEqual([{ key: A, isDead: false }]);
  });

  it('one that is slow is not asked twice', () => {
    const it = schedule();
    it.takeDue(0);
    expect(it.takeDue(10)).toEqual([]);
  });

  it('a dead one is asked ever more seldom, up to a limit', () => {
    const it = schedule();
    const pauses: number[] = [];
    let nowMs = 0;
    for (let failures = 0; failures < 5; failures += 1) {
      it.takeDue(nowMs);
      it.failed(A, nowMs);
      let dueMs = nowMs;
      while (it.takeDue(dueMs).length === 0) dueMs += 1_000;
      pauses.push(dueMs - nowMs);
      nowMs = dueMs;
    }
    expect(pauses).toEqual([10_000, 20_000, 30_000, 30_000, 30_000]);
  });

  it('one that answers again is polled as before', () => {
    const it = schedule();
    it.failed(A, 0);
    it.failed(A, 0);
    it.answered(A, 1_000);
    expect(it.takeDue(6_000)).toEqual([{ key: A, isDead: false }]);
  });

  it('tells the dead from the living, and forgets whom it is told to', () => {
    const it = schedule();
    it.failed(A, 0);
    expect(it.takeDue(10_000)).toEqual([{ key: A, isDead: true }]);
    it.remove(A);
    expect(it.has(A)).toBe(false);
    expect(it.takeDue(100_000)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { inventServer } from '../../analysis/testing/records.ts';
import type { ThreadState } from '../../model/instance.ts';
import type { FailureKind } from '../ports.ts';
import { createSuspicion } from './suspicion.ts';

const START_MS = 1_000_000;
const PRIMARY = { hostname: '10.0.0.1', port: 1 };

/** A suspicion that arose at START_MS, when the session was lost; what happens is told in milliseconds since then. */
function suspicion() {
  const suspicion = createSuspicion(PRIMARY, START_MS);
  suspicion.sessionLost(START_MS);
  return {
    knocked: (kind: FailureKind | null, ms: number) =>
      suspicion.knocked(kind === null ? null : { kind, errorNumber: null, message: '' }, START_MS + ms),
    says: (port: number, receiver: ThreadState, ms: number) =>
      suspicion.heard(
        inventServer(port, { source: 1, receiver, errorNumber: receiver === 'other' ? 2003 : 0 }),
        true,
        START_MS + ms,
      ),
    shutdown(ms: number) {
      const { cleanShutdownSinceMs, isShutdownInferred } = suspicion.connection(START_MS + ms);
      return cleanShutdownSinceMs === null ? null : { sinceMs: cleanShutdownSinceMs - START_MS, isShutdownInferred };
    },
  };
}

describe('a clean shutdown without a word (MySQL 5.6)', () => {
  test('is inferred from replicas that hear a server which refuses us', () => {
    const it = suspicion();
    it.knocked('refused', 5);
    it.says(11, 'running', 10);
    it.says(12, 'running', 400);
    expect(it.shutdown(450)).toBeNull();
    it.knocked('refused', 480);
    it.says(11, 'running', 500);
    expect(it.shutdown(501)).toEqual({ sinceMs: 500, isShutdownInferred: true });
  });

  test('its grace counts from the last replica that heard it', () => {
    const it = suspicion();
    it.knocked('refused', 480);
    it.says(11, 'running', 500);
    it.says(12, 'running', 9_000);
    it.says(11, 'other', 9_100);
    it.says(12, 'other', 9_100);
    expect(it.shutdown(9_200)).toEqual({ sinceMs: 9_000, isShutdownInferred: true });
  });

  test('is not inferred from a crash, which all replicas notice at once', () => {
    const it = suspicion();
    it.knocked('refused', 5);
    it.says(11, 'running', 6);
    it.says(11, 'other', 20);
    it.says(12, 'other', 20);
    it.knocked('refused', 600);
    it.says(11, 'other', 700);
    expect(it.shutdown(701)).toBeNull();
  });

  test.each<FailureKind>(['deadline', 'unreachable', 'closed'])(
    'is not inferred from a knock that ended "%s"',
    (kind) => {
      const it = suspicion();
      it.knocked(kind, 600);
      it.says(11, 'running', 700);
      expect(it.shutdown(701)).toBeNull();
    },
  );

  test('is forgotten when the server answers', () => {
    const it = suspicion();
    it.knocked('refused', 600);
    it.says(11, 'running', 700);
    it.knocked(null, 800);
    expect(it.shutdown(801)).toBeNull();
  });
});

test('a server that answers 1053 is shutting down since its last sign of life', () => {
  const it = suspicion();
  it.knocked('shutting-down', 100);
  it.says(11, 'running', 300);
  expect(it.shutdown(400)).toEqual({ sinceMs: 300, isShutdownInferred: false });
});

import { expect, test, vi } from 'vitest';
import type { FailureKind } from '../engine/ports.ts';
import { parseVersion } from '../model/version.ts';
import type { Connector } from './connector.ts';
import { endsSessionsMutely, isDoorShut } from './door.ts';
import type { Session } from './session.ts';

const KEY = { hostname: 'db1', port: 3306 };

test.each([
  ['5.6.24-log', true],
  ['5.7.44', true],
  ['8.0.34', false],
  ['9.7.0', false],
  ['10.11.19-MariaDB', false],
])('%s ends sessions mutely: %s', (version, expected) => {
  expect(endsSessionsMutely(parseVersion(version))).toBe(expected);
});

const failing = (kind: FailureKind): Connector => ({
  open: async () => ({ kind: 'failed', failure: { kind, errorNumber: null, message: '' } }),
  forget: () => undefined,
});

test.each<[FailureKind, boolean]>([
  ['refused', true],
  ['deadline', false],
  ['answered', false],
  ['unreachable', false],
])('a knock that ends "%s": the door is shut: %s', async (kind, expected) => {
  expect(await isDoorShut(failing(kind), KEY, 1_000)).toBe(expected);
});

test('an open door is closed again behind us, and nobody waits long before one that stays silent', async () => {
  const limits: number[] = [];
  const end = vi.fn();
  const session = { end } as unknown as Session;
  const connector: Connector = {
    open: async (_key, _options, deadlineMs) => {
      limits.push(deadlineMs);
      return { kind: 'ok', value: session };
    },
    forget: () => undefined,
  };
  expect(await isDoorShut(connector, KEY, 5_000)).toBe(false);
  expect(end).toHaveBeenCalledOnce();
  expect(limits).toEqual([300]);
});

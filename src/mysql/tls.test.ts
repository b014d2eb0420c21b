import { describe, expect, it } from 'vitest';
import { createStillClock } from '../engine/testing/clocks.ts';
import { createTlsNeeds, driverTls, type TlsSettings } from './tls.ts';

const SETTINGS: TlsSettings = {
  mode: 'mixed',
  ca: 'CA',
  cert: null,
  key: null,
  skipVerify: false,
  rememberMs: 500_000,
};
const KEY = { hostname: 'db1', port: 3306 };

describe('driverTls', () => {
  it('lowers the standard for MySQL before 5.7 only', () => {
    const modern = { ca: 'CA', rejectUnauthorized: true };
    for (const version of ['5.7.44-log', '8.0.34', '9.7.4-2', '5.5.5-10.11.18-MariaDB', '10.0.38-MariaDB']) {
      expect(driverTls(SETTINGS, version)).toEqual(modern);
    }
    for (const version of ['5.6.24-log', '5.5.62']) {
      expect(driverTls(SETTINGS, version)).toEqual({ ...modern, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    }
  });

  it('passes the client certificate and the wish not to verify on', () => {
    expect(driverTls({ ...SETTINGS, ca: null, cert: 'C', key: 'K', skipVerify: true }, '9.7.4')).toEqual({
      cert: 'C',
      key: 'K',
      rejectUnauthorized: false,
    });
  });
});

describe('createTlsNeeds', () => {
  it('tries without, then with TLS, and remembers what it learnt for its time', () => {
    const clock = createStillClock();
    const needs = createTlsNeeds(clock, SETTINGS);
    expect(needs.planFor(KEY)).toEqual({ begin: false, mayRetry: true });
    needs.learn(KEY, true);
    expect(needs.planFor(KEY)).toEqual({ begin: true, mayRetry: false });
    expect(needs.planFor({ ...KEY, port: 3307 })).toEqual({ begin: false, mayRetry: true });
    clock.pass(500_001);
    expect(needs.planFor(KEY)).toEqual({ begin: false, mayRetry: true });
    needs.learn(KEY, false);
    expect(needs.planFor(KEY)).toEqual({ begin: false, mayRetry: false });
    clock.pass(60_001);
    expect(needs.planFor(KEY)).toEqual({ begin: false, mayRetry: true });
    needs.learn(KEY, true);
    needs.forget(KEY);
    expect(needs.planFor(KEY)).toEqual({ begin: false, mayRetry: true });
  });

  it('has nothing to learn where the configuration decides', () => {
    const clock = createStillClock();
    for (const [mode, begin] of [
      ['never', false],
      ['always', true],
    ] as const) {
      const needs = createTlsNeeds(clock, { ...SETTINGS, mode });
      needs.learn(KEY, !begin);
      expect(needs.planFor(KEY)).toEqual({ begin, mayRetry: false });
    }
  });
});

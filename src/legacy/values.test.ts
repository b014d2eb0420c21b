import { describe, expect, test } from 'vitest';
import { errorResponse, identifiedResponse, okResponse } from './api-response.ts';
import { nullBoolJson, nullInt64Json, quotedErrorText } from './go-null.ts';
import { elapsedNanoseconds, historicTimestamp, toNanoseconds } from './go-time.ts';
import { analysisChangelogJson, candidateJson } from './history-json.ts';
import { coordinatesJson, historicKeyText, keyJson, keysJson } from './key-json.ts';

describe('values of the historic wire', () => {
  test('times in UTC without zone, durations in nanoseconds', () => {
    expect(historicTimestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 999))).toBe('2026-01-02 03:04:05');
    expect(historicTimestamp(null)).toBe('');
    expect(toNanoseconds(5.123962)).toBe(5_123_962);
    expect(elapsedNanoseconds(1000, 3999)).toBe(2_000_000_000);
    expect(elapsedNanoseconds(3999, 1000)).toBe(0);
  });

  test('what may be missing', () => {
    expect(nullInt64Json(null)).toEqual({ Int64: 0, Valid: false });
    expect(nullInt64Json(7)).toEqual({ Int64: 7, Valid: true });
    expect(nullBoolJson(null)).toEqual({ Bool: false, Valid: false });
    expect(nullBoolJson(false)).toEqual({ Bool: false, Valid: true });
  });

  test('error texts in quotes, once', () => {
    expect(quotedErrorText('')).toBe('');
    expect(quotedErrorText('""')).toBe('');
    expect(quotedErrorText('no "x"\n')).toBe('"no \\"x\\"\\n"');
    expect(quotedErrorText('grün')).toBe('"gr\\u00fcn"');
    expect(quotedErrorText(quotedErrorText('no "x"'))).toBe('"no \\"x\\""');
  });

  test('addresses and positions', () => {
    expect(keyJson(null)).toEqual({ Hostname: '', Port: 0 });
    expect(keysJson([{ hostname: '::1', port: 3306 }])).toEqual([{ Hostname: '::1', Port: 3306 }]);
    expect(historicKeyText({ hostname: '::1', port: 3306 })).toBe('::1:3306');
    expect(coordinatesJson(null)).toEqual({ LogFile: '', LogPos: 0, Type: 0 });
    expect(coordinatesJson(null, 'relaylog').Type).toBe(1);
    expect(coordinatesJson({ kind: 'relaylog', file: 'relay.1', position: 4 })).toEqual({
      LogFile: 'relay.1',
      LogPos: 4,
      Type: 1,
    });
  });

  test('envelopes', () => {
    expect(okResponse('done')).toEqual({ Code: 'OK', Message: 'done', Details: null });
    expect(errorResponse('no', ['why'])).toEqual({ Code: 'ERROR', Message: 'no', Details: ['why'] });
    expect(identifiedResponse(okResponse('true'), 'node1').Message).toBe('Orchestrator node1 says: true');
    expect(identifiedResponse(okResponse('true'), '').Message).toBe('true');
  });

  test('smaller shapes', () => {
    const key = { hostname: 'db1', port: 3306 };
    expect(analysisChangelogJson({ key, changes: [{ at: '2026-01-02 03:04:05', analysis: 'NoProblem' }] })).toEqual({
      AnalyzedInstanceKey: { Hostname: 'db1', Port: 3306 },
      Changelog: ['2026-01-02 03:04:05;NoProblem,'],
    });
    expect(
      candidateJson({ key, promotionRule: 'prefer', lastSuggestedAt: '2026-01-02 03:04:05', expiry: '' }),
    ).toMatchObject({ Hostname: 'db1', Port: 3306, PromotionRule: 'prefer' });
  });
});

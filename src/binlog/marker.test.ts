import { describe, expect, it } from 'vitest';
import { AUTO_MARKERS, createMarkers, markerStatement, resolveMarkerSettings } from './marker.ts';

describe('Pseudo-GTID entries', () => {
  const auto = createMarkers({ ...AUTO_MARKERS, skipContaining: [''] });

  it('have the historic form, are recognised, and ascend', () => {
    const first = markerStatement(0x5a64a70e, 1, 'c7b8154ff5c3c6d8');
    expect(first).toBe('drop view if exists `_pseudo_gtid_`.`_asc:5a64a70e:00000001:c7b8154ff5c3c6d8`');
    expect(auto.isMarker(first)).toBe(true);
    expect(auto.isMarker('drop view if exists `app`.`v`')).toBe(false);
    expect(auto.isSkipped(first)).toBe(false);
    const second = markerStatement(0x5a64a70e + 0.9, 2, '0000000000000000');
    const third = markerStatement(0x5a64a70f, 0, '0000000000000000');
    expect(auto.compareAge(first, second)).toBeLessThan(0);
    expect(auto.compareAge(third, second)).toBeGreaterThan(0);
    expect(auto.compareAge(third, third)).toBe(0);
    expect(auto.compareAge(third, 'insert into meta.pseudo')).toBeNull();
  });

  it('of your own are described by an expression or a text', () => {
    const own = { pattern: '', isFixedSubstring: false, monotonicHint: '', skipContaining: [] };
    const byExpression = createMarkers({ ...own, pattern: 'drop view if exists .*?`_pseudo_gtid_hint__' });
    expect(byExpression.isMarker('drop view if exists `meta`.`_pseudo_gtid_hint__asc:55`')).toBe(true);
    expect(byExpression.compareAge('a', 'b')).toBeNull();
    expect(createMarkers({ ...own, pattern: '.*', isFixedSubstring: true }).isMarker('anything')).toBe(false);
    expect(createMarkers(own).isMarker('anything')).toBe(false);
    expect(() => createMarkers({ ...own, pattern: '(' })).toThrow(/PseudoGTIDPattern/);
    const resolved = resolveMarkerSettings(true, { ...own, pattern: 'x', skipContaining: ['y'] });
    expect(resolved).toEqual({ ...AUTO_MARKERS, skipContaining: ['y'] });
    expect(resolveMarkerSettings(false, own)).toBe(own);
  });
});

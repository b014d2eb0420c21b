import { describe, expect, it } from 'vitest';
import { compareCoordinates, formatCoordinates, logFileNumber } from './coordinates.ts';

const at = (file: string, position: number) => ({ kind: 'binlog' as const, file, position });

describe('coordinates', () => {
  it('orders by file number, then by offset', () => {
    const sorted = [
      at('bin.1000000', 4),
      at('bin.999999', 900),
      at('bin.000010', 5),
      at('bin.000010', 4),
      at('bin.000009', 99),
    ]
      .sort(compareCoordinates)
      .map(formatCoordinates);
    expect(sorted).toEqual(['bin.000009:99', 'bin.000010:4', 'bin.000010:5', 'bin.999999:900', 'bin.1000000:4']);
    expect(compareCoordinates(at('bin.000001', 4), at('bin.000001', 4))).toBe(0);
  });

  it('orders files without a number by name', () => {
    expect(compareCoordinates(at('', 0), at('bin.000001', 4))).toBeLessThan(0);
    expect(compareCoordinates(at('b', 0), at('a', 4))).toBeGreaterThan(0);
  });

  it('reads the number of a file', () => {
    expect(logFileNumber('mysql-bin.000012')).toBe(12);
    expect(logFileNumber('db.example.1000000')).toBe(1_000_000);
    expect(logFileNumber('')).toBeNull();
    expect(logFileNumber('bin.index')).toBeNull();
  });
});

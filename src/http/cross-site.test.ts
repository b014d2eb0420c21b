import { describe, expect, it } from 'vitest';
import { isCrossSite } from './cross-site.ts';

describe('a change that a browser asks for over plain HTTP, so that only Origin tells where from', () => {
  it.each([
    ['as it was asked', 'http://orc:3000', { host: 'orc:3000' }],
    ['upper case', 'http://orc', { host: 'ORC' }],
    ['the port that goes without saying', 'https://orc.example.com', { host: 'orc.example.com:443' }],
    ['a proxy', 'http://orc.example.com', { host: '10.0.0.9:3000', 'x-forwarded-host': 'Orc.Example.com' }],
    ['proxies', 'http://orc.example.com', { host: 'b', 'x-forwarded-host': 'orc.example.com, inner.example.com' }],
    ['proxies that put theirs in front', 'http://orc:81', { host: 'b', 'x-forwarded-host': 'inner,orc:81' }],
  ])('comes from the own page: %s', (_what, origin, headers) => {
    expect(isCrossSite(new Headers({ origin, ...headers }))).toBe(false);
  });

  it.each([
    ['another host', 'http://evil.example', { host: 'orc', 'x-forwarded-host': 'orc.example.com, inner' }],
    ['a part of the name', 'http://example.com', { host: 'orc.example.com', 'x-forwarded-host': 'my.example.com' }],
    ['another port', 'http://orc:8080', { host: 'orc:3000' }],
    ['nothing to compare with', 'http://evil.example', { host: '', 'x-forwarded-host': ' , ' }],
    ['a page without an origin', 'null', { host: 'null' }],
  ])('comes from elsewhere: %s', (_what, origin, headers) => {
    expect(isCrossSite(new Headers({ origin, ...headers }))).toBe(true);
  });
});

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eagerAdapters, importCycles, isTest, layerBreaches, layerOf, purityBreaches, webBreaches } from './rules.ts';
import { scan } from './scan.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const source = scan(root, 'src');
const web = scan(root, 'web');
const everything = [...source, ...web, ...['lab', 'test', 'bench', 'scripts'].flatMap((folder) => scan(root, folder))];

const MAX_LINES = 500;

describe('the house', () => {
  it('is read at all', () => {
    expect(source.map((file) => file.path)).toContain('src/model/instance.ts');
    expect(source.flatMap((file) => file.imports).length).toBeGreaterThan(source.length / 2);
  });

  it('keeps the dependency rule', () => expect(layerBreaches(source)).toEqual([]));

  it('keeps pure folders pure', () => expect(purityBreaches(source)).toEqual([]));

  it('has no import cycles', () => expect(importCycles(source)).toEqual([]));

  it('loads adapters only when they are needed', () => expect(eagerAdapters(source)).toEqual([]));

  it('lets the web know types of the contract only', () => expect(webBreaches(web)).toEqual([]));

  // The client is a program of its own: the environment is all the configuration it has.
  it('reads the environment in config and client only', () => {
    const readers = source.filter(({ path, code }) => /\bprocess\.env\b/.test(code) && !isTest(path));
    const strangers = readers.filter((file) => !['config', 'client'].includes(layerOf(file.path) ?? ''));
    expect(strangers.map((file) => file.path)).toEqual([]);
  });

  it('keeps files small', () => {
    const tooLong = everything.filter(({ lines }) => lines > MAX_LINES);
    expect(tooLong.map((file) => `${file.path} has ${file.lines} lines`)).toEqual([]);
  });

  it('names files in kebab-case', () => {
    const badNames = source.filter(
      (file) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.tsx?$/.test(file.path),
    );
    expect(badNames.map((file) => file.path)).toEqual([]);
  });
});

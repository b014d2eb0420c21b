import { parseArgs } from 'node:util';
import { LabError, messageOf } from '../error.ts';

export interface DemoOptions {
  /** Null: the first that can be had. */
  readonly flavour: string | null;
  readonly port: number;
  readonly help: boolean;
}

/** What follows `npm run demo --`. Throws LabError. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  const { flavour, port = '3000', help = false } = valuesOf(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new LabError('bad-argument', `"${port}" is no port; write e.g. --port 3333`);
  }
  return { flavour: flavour ?? null, port: Number(port), help };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { flavour: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (thrown) {
    throw new LabError('bad-argument', `${messageOf(thrown)} (npm run demo -- --help lists the options)`);
  }
}

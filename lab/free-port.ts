import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports of the lab's databases and those that the kernel gives away: what listens at one may be down for a moment without
 * somebody's outgoing connection taking it.
 */
const FIRST = 10_000;
const LAST = 19_998;
/** The only one of them that fetch() refuses to ask, as the Fetch standard has it ("bad port"). */
const NOT_FETCHED = 10_080;

/** A port of 127.0.0.1 that nobody listens at; of the odd or the even ones, so that two test files side by side never choose the same. */
export async function freePort(): Promise<number> {
  const half = Number(process.env.VITEST_POOL_ID ?? 0) % 2;
  for (;;) {
    const port = 2 * randomInt(FIRST / 2, LAST / 2) + half;
    if (port !== NOT_FETCHED && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

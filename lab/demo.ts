import { parseArgs } from 'node:util';
import { createDemo } from './demo/demo.ts';
import { LabError } from './error.ts';

const HELP = `npm run demo [-- options]
A primary with three replicas, a small writer, and orchestrator, until Ctrl-C.

  --flavour <name>   mysql-9.7 (default), mariadb-10.11 or mysql-5.6
  --port <port>      of the page and the API (default 3000, or any free one)
`;

const { values } = parseArgs({
  options: { flavour: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  try {
    await createDemo({ flavour: values.flavour ?? null, port: Number(values.port ?? '3000') }, stopping.signal);
  } catch (thrown) {
    if (!(thrown instanceof LabError)) throw thrown;
    process.stderr.write(`✗ ${thrown.message}\n`);
    process.exitCode = 1;
  }
  // The terminal's input would keep the process alive.
  process.stdin.unref?.();
}

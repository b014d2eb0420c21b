import { readDemoOptions } from './demo/arguments.ts';
import { createDemo } from './demo/demo.ts';
import { LabError } from './error.ts';

const HELP = `npm run demo [-- options]
A primary with three replicas, a small writer, and orchestrator, until Ctrl-C.

  --flavour <name>   mysql-9.7 (default), mariadb-10.11 or mysql-5.6
  --port <port>      of the page and the API (default 3000, or any free one)
`;

try {
  const options = readDemoOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else {
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
    await createDemo(options, stopping.signal);
    // The terminal's input would keep the process alive.
    process.stdin.unref?.();
  }
} catch (thrown) {
  if (!(thrown instanceof LabError)) throw thrown;
  process.stderr.write(`✗ ${thrown.message}\n`);
  process.exitCode = 1;
  process.stdin.unref?.();
}

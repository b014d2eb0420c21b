/**
 * Readers of the live stream, in a process of their own: live-clients.ts <url> <count>. Says `reading` when all of them are
 * connected; answers each line on stdin with `events <number>`, the events they have all got together since the last answer.
 */
import { get } from 'node:http';
import { createInterface } from 'node:readline';

const [url = '', count = ''] = process.argv.slice(2);
const EVENT_NAME = 'event: ';
let events = 0;

function read(): Promise<void> {
  return new Promise((connected, failed) => {
    get(`${url}/api/live`, { agent: false }, (response) => {
      connected();
      response.setEncoding('latin1').on('data', (text: string) => {
        events += text.split(EVENT_NAME).length - 1;
      });
      response.once('close', () => {
        process.stderr.write('a live stream ended\n');
        process.exit(1);
      });
    }).once('error', failed);
  });
}

for (let reader = 0; reader < Number(count); reader += 1) await read();
process.stdout.write('reading\n');
for await (const _ of createInterface(process.stdin)) {
  process.stdout.write(`events ${events}\n`);
  events = 0;
}
process.exit(0);

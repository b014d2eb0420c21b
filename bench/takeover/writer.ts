/**
 * Clients of a topology in a process of their own, as real ones are: in ours they would wait for our work, and we for theirs.
 * writer.ts <task as JSON>. Says `[]` when they write; answers each line on stdin with what was acknowledged since, as JSON.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWriter } from '../../lab/writer.ts';
import type { WritingTask } from './writing-process.ts';

const { targets, from, options } = JSON.parse(process.argv[2] ?? '') as WritingTask;
const servers = new Map(targets.map((target) => [target.number, target]));
const first = servers.get(from);
if (first === undefined) throw new Error(`no server ${from}`);
const writer = startWriter(servers, first, 1, { ...options, follow: true });
while (writer.acknowledged.length === 0) await sleep(5);
process.stdout.write('[]\n');
let told = 0;
for await (const _ of createInterface(process.stdin)) {
  const since = writer.acknowledged.slice(told);
  told += since.length;
  process.stdout.write(`${JSON.stringify(since)}\n`);
}
await writer.stop();

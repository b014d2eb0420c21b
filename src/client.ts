#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientEnvironment, PROFILE_FILE } from './cli/client/environment.ts';
import { httpGet } from './cli/client/http-get.ts';
import { runClient } from './cli/client/run-client.ts';
import { outliveReader } from './cli/closed-pipe.ts';
import { endWith } from './cli/exit-code.ts';

async function run(): Promise<number> {
  const profile = await readFile(PROFILE_FILE, 'utf8').catch(() => '');
  return runClient(process.argv.slice(2), {
    fetch: httpGet,
    sleep: (ms) => sleep(ms),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    environment: clientEnvironment(process.env, profile),
    username: userInfo().username,
    pid: process.pid,
  });
}

outliveReader(process.stdout);
void endWith(run());

#!/usr/bin/env node
import { outliveReader } from './cli/closed-pipe.ts';
import { runCli } from './cli/run.ts';
import { cliDeps } from './compose/program.ts';

outliveReader(process.stdout);
process.exitCode = await runCli(process.argv.slice(2), cliDeps(import.meta.dirname));

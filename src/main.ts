#!/usr/bin/env node
import { runCli } from './cli/run.ts';
import { cliDeps } from './compose/program.ts';

process.exitCode = await runCli(process.argv.slice(2), cliDeps(import.meta.dirname));

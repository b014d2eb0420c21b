#!/usr/bin/env node
import { endWith } from './cli/exit-code.ts';
import { runCli } from './cli/run.ts';
import { cliDeps } from './compose/program.ts';

void endWith(runCli(process.argv.slice(2), cliDeps(import.meta.dirname)));

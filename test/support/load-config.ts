import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { readFileFromDisk } from '../../src/config/source/read-file.ts';

/** The configuration of one file, strictly, with nothing of the environment. */
export const loadFile = (explicitPath: string): LoadedConfig =>
  loadConfig({ explicitPath, strict: true, environment: {}, home: null, readFile: readFileFromDisk });

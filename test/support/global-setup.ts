import { execFileSync } from 'node:child_process';

/** The real program is tested as it is shipped: built once per run. */
export default function setup(): void {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

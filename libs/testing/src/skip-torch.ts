import { spawnSync } from 'node:child_process';

/** Debian's own Python, for which its python3-torch is; another one on PATH may have none. */
export const python = '/usr/bin/python3';

/** Whether the tests of PyTorch programs are to be left out: where it is not installed. Says so. */
export function skipTorch(): boolean {
  const look = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
  if (spawnSync(python, ['-c', look]).status === 0) return false;
  process.stderr.write(`skipped: ${python} has no torch; install Debian's python3-torch to run the PyTorch example\n`);
  return true;
}

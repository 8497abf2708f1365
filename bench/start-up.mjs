// From typing a command to its answer, whole process; the peer is Node starting and doing nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const launcher = fileURLToPath(new URL('../apps/cli/bin/cuvee.js', import.meta.url));
const repetitions = 11;

export async function measure() {
  return [['--help'], ['fit', '--help'], ['propose', '--help'], ['export', '--help']].map((args) => {
    const times = { ours: [], theirs: [] };
    for (let i = 0; i <= repetitions; i++) {
      const ours = milliseconds([launcher, ...args]);
      const theirs = milliseconds(['-e', '0']);
      // The first start reads cold files.
      if (i === 0) continue;
      times.ours.push(ours);
      times.theirs.push(theirs);
    }
    const name = `start-up cuvee ${args.join(' ')}`;
    return { name, ours: median(times.ours), peer: 'node -e 0', theirs: median(times.theirs), unit: 'ms' };
  });
}

function milliseconds(args) {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - begun;
}

// The trainer program: node main.js [--standalone] [--backend NAME] assignment.json
// Writes JSON lines to standard output and its log to standard error. Exit codes: 0 after result or diverged and when it
// was told to go (SIGTERM: it writes a checkpoint first), 3 after an error message, 4 when its parent is gone.
import { parseArgs } from 'node:util';
import { backendNames } from '../../backend/backend.js';
import { exitWhenParentIsGone } from './parent-watch.js';
import { runAssignment } from './run-assignment.js';

// Packages log to console.log, which would break the protocol on standard output.
console.log = console.info = console.debug = console.error;

const { values, positionals } = readArguments();
const backend = backendNames.find((name) => name === values.backend);
const [assignmentPath, ...rest] = positionals;
if (!assignmentPath || rest.length > 0 || (values.backend !== undefined && !backend)) {
  refuseArguments();
}
if (!values.standalone) exitWhenParentIsGone(process.stdin);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.exitCode = await runAssignment(assignmentPath, process.stdout, {
  stop: stop.signal,
  ...(backend && { only: backend }),
});
// The parent's open pipe would keep the process alive.
process.stdin.unref?.();

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        // For use by hand or from a script: keep running when standard input ends.
        standalone: { type: 'boolean', default: false },
        // Use this backend or none: for measurements and for telling backends apart.
        backend: { type: 'string' },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return refuseArguments();
  }
}

function refuseArguments(): never {
  process.stderr.write(`usage: main.js [--standalone] [--backend ${backendNames.join('|')}] assignment.json\n`);
  process.exit(2);
}

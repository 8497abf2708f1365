// Measures the backends of this machine and writes what it found as one line of JSON. A program of its own: the memory
// that the backends take is gone with it. Arguments: seconds for each backend, and `all` or `chosen`: every backend, or
// none slower than the one that a trainer would choose.
import { type BackendMeasurement, measureBackends } from '../backend/measure-backends.js';
import { backendCandidates } from '../backend/select-backend.js';

const [seconds, which] = process.argv.slice(2);
// Whoever started this is gone.
process.stdin.resume().on('end', () => process.exit(1));

const measured: BackendMeasurement[] = [];
for (const candidate of backendCandidates) {
  measured.push(...(await measureBackends(Number(seconds), [candidate])));
  if (which === 'chosen' && measured.at(-1)?.usable) break;
}
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));

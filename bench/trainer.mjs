// Training beside PyTorch on the CPU: the same model from the same weights on the same batches. With one thread each;
// and on all cores, ours as one worker a core, PyTorch with its threads or as one process a core, whichever is faster.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { withPeer } from './python-peer.mjs';
import { batchesOf, describeSize, sizes, trainerOf } from './trainer-steps.mjs';

const peer = 'PyTorch, CPU';
const modules = ['numpy', 'torch'];
const repeats = 5;
const stepsPerTurn = { '0.1M': 20, '1M': 3 };

export async function measure(wanted) {
  const rows = [];
  for (const size of Object.keys(sizes)) {
    if (wanted(`trainer-${size}`)) rows.push(await besidePeer(size, `trainer-${size}`, oneThread));
    if (wanted(`trainer-${size}-all-cores`)) rows.push(await besidePeer(size, `trainer-${size}-all-cores`, allCores));
  }
  return rows;
}

/** `race(size, ask, task)` returns tokens per second of both. */
async function besidePeer(size, name, race) {
  const { parameters, layout, start } = describeSize(size);
  const batches = batchesOf(parameters);
  const arrays = {
    start: { shape: [start.length], values: start },
    tokens: {
      shape: [batches.length, 2, batches[0].inputs.length],
      values: batches.flatMap(({ inputs, targets }) => [...inputs, ...targets]),
    },
  };
  const task = { layout, parameters };
  const raced = await withPeer('transformer.py', modules, arrays, (ask) => race(size, ask, task, arrays));
  if (raced.skipped !== undefined) return { name, skipped: raced.skipped };
  const tokens = parameters.batchSize * parameters.contextLength;
  const microseconds = (secondsPerStep) => (1e6 * secondsPerStep) / tokens;
  return { name, ours: microseconds(raced.ours), peer, theirs: microseconds(raced.theirs), unit: 'µs a token' };
}

async function oneThread(size, ask, task) {
  const step = await trainerOf(size);
  const own = [step(), step(), step()];
  const { losses } = await ask('train', { ...task, threads: 1, steps: 1 });
  refuseUnlike(own, losses);
  const steps = stepsPerTurn[size];
  const [ours, theirs] = [[], []];
  for (let i = 0; i < repeats; i++) {
    const begun = performance.now();
    for (let k = 0; k < steps; k++) step();
    ours.push((performance.now() - begun) / 1000 / steps);
    theirs.push((await ask('train', { ...task, threads: 1, steps })).seconds);
  }
  return { ours: median(ours), theirs: median(theirs) };
}

/** The race counts only between equal models: the first losses must agree. */
function refuseUnlike(own, theirs) {
  const off = Math.max(...own.map((loss, i) => Math.abs(loss - theirs[i])));
  if (!(off < 1e-3)) throw new Error(`the losses differ by ${off}: ${own} and ${theirs}`);
}

async function allCores(size, ask, task, arrays) {
  const cores = availableParallelism();
  const steps = stepsPerTurn[size];
  const workers = Array.from({ length: cores }, () => startWorker(size));
  try {
    await Promise.all(workers.map((turn) => turn(3)));
    const [ours, threads, processes] = [[], [], []];
    await withProcesses(cores, arrays, async (asks) => {
      for (let i = 0; i < repeats; i++) {
        // Seconds a step, all cores together: a round of `cores` steps takes as long as its slowest.
        ours.push(Math.max(...(await Promise.all(workers.map((turn) => turn(steps))))) / steps / cores);
        threads.push((await ask('train', { ...task, threads: cores, steps })).seconds);
        const each = await Promise.all(asks.map((one) => one('train', { ...task, threads: 1, steps })));
        processes.push(Math.max(...each.map(({ seconds }) => seconds)) / cores);
      }
    });
    return { ours: median(ours), theirs: Math.min(median(threads), median(processes)) };
  } finally {
    for (const turn of workers) turn.end();
  }
}

/** Calls `use` with the `ask` functions of several peers. */
function withProcesses(count, arrays, use, asks = []) {
  if (asks.length === count) return use(asks);
  return withPeer('transformer.py', modules, arrays, (ask) => withProcesses(count, arrays, use, [...asks, ask]));
}

/** A worker in a process of its own: `await turn(n)` does n steps and gives their seconds. */
function startWorker(size) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('trainer-steps.mjs', import.meta.url)), size], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const turn = async (steps) => {
    child.stdin.write(`${steps}\n`);
    return Number((await lines.next()).value);
  };
  turn.end = () => child.stdin.end();
  return turn;
}

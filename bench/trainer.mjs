// Training beside PyTorch on the CPU: the same model from the same weights on the same batches. With one thread each;
// and on all cores, ours as one worker a core, PyTorch with as many threads, and in the rows "-processes" as one process a
// core, which is how somebody with many runs would use it.
// WebAssembly's vectors have 128 bits. PyTorch takes the widest that the machine has (AVX-512: 512), and in the rows
// "-avx2" the 256 that any machine of the last ten years has: the peer's column says whose kernels it ran.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { withPeer } from './python-peer.mjs';
import { batchesOf, describeSize, productOf, sizes, trainerOf } from './trainer-steps.mjs';

const modules = ['numpy', 'torch'];
const repeats = 5;
const stepsPerTurn = { '0.1M': 20, '1M': 3 };
const productSide = 512;
const avx2 = { OPENBLAS_CORETYPE: 'Haswell', ATEN_CPU_CAPABILITY: 'avx2', DNNL_MAX_CPU_ISA: 'AVX2' };
/** OpenMP's and OpenBLAS' threads would otherwise spin against each other: with two of them PyTorch took twice as long. */
const patient = { OMP_WAIT_POLICY: 'PASSIVE', GOMP_SPINCOUNT: '0' };
const settings = { '': {}, '-avx2': avx2 };

export async function measure(wanted) {
  const rows = [];
  const add = async (name, row) => {
    if (wanted(name)) rows.push({ name, ...(await row()) });
  };
  for (const [setting, env] of Object.entries(settings)) {
    await add(`trainer-product${setting}`, () => besidePeer('0.1M', env, product));
    for (const size of Object.keys(sizes)) {
      await add(`trainer-${size}${setting}`, () => besidePeer(size, env, oneThread));
      await add(`trainer-${size}-all-cores${setting}`, () => besidePeer(size, env, besideThreads));
      await add(`trainer-${size}-processes${setting}`, () => besidePeer(size, env, besideProcesses));
      if (setting === '') await add(`trainer-${size}-workers`, () => besideOneWorker(size));
    }
  }
  return rows;
}

/** `race({size, peerOf})` returns seconds of both; peerOf(threads, use) is a PyTorch of that many threads. */
async function besidePeer(size, env, race) {
  const { parameters, layout, start } = describeSize(size);
  const batches = batchesOf(parameters);
  const arrays = {
    start: { shape: [start.length], values: start },
    tokens: {
      shape: [batches.length, 2, batches[0].inputs.length],
      values: batches.flatMap(({ inputs, targets }) => [...inputs, ...targets]),
    },
  };
  let peer;
  const peerOf = (threads, use) =>
    withPeer(
      'transformer.py',
      modules,
      arrays,
      async (ask) => {
        const { kernels, seconds, threads: busy } = await ask('product', { side: productSide });
        if (busy > threads + 0.3) throw new Error(`PyTorch computes with ${busy} threads, not ${threads}`);
        const speed = (2 * productSide ** 3) / seconds / 1e9;
        peer ??= `PyTorch, ${kernels} kernels: ${speed.toFixed(0)} GFLOP/s on ${threads === 1 ? 'a thread' : `${threads} threads`}`;
        return use((steps) => ask('train', { layout, parameters, threads, steps }), seconds);
      },
      { ...patient, ...env, OPENBLAS_NUM_THREADS: `${threads}` },
    );
  const raced = await race({ size, peerOf });
  if (raced.skipped !== undefined) return raced;
  const tokens = parameters.batchSize * parameters.contextLength;
  const microseconds = (secondsPerStep) => (1e6 * secondsPerStep) / tokens;
  const unit = 'µs a token';
  return { peer, unit, ours: microseconds(raced.ours), theirs: microseconds(raced.theirs), ...raced.row };
}

async function product({ peerOf }) {
  const multiply = await productOf(productSide);
  return peerOf(1, async (_train, theirs) => {
    const turns = Array.from({ length: 20 }, multiply);
    return { row: { ours: 1000 * median(turns), theirs: 1000 * theirs, unit: 'ms' } };
  });
}

async function oneThread({ size, peerOf }) {
  const step = await trainerOf(size);
  const own = [step(), step(), step()];
  return peerOf(1, async (train) => {
    refuseUnlike(own, (await train(1)).losses);
    const steps = stepsPerTurn[size];
    const [ours, theirs] = [[], []];
    for (let i = 0; i < repeats; i++) {
      const begun = performance.now();
      for (let k = 0; k < steps; k++) step();
      ours.push((performance.now() - begun) / 1000 / steps);
      theirs.push((await train(steps)).seconds);
    }
    return { ours: median(ours), theirs: median(theirs) };
  });
}

/** The race counts only between equal models: the first losses must agree. */
function refuseUnlike(own, theirs) {
  const off = Math.max(...own.map((loss, i) => Math.abs(loss - theirs[i])));
  if (!(off < 1e-3)) throw new Error(`the losses differ by ${off}: ${own} and ${theirs}`);
}

async function besideThreads({ size, peerOf }) {
  const cores = availableParallelism();
  return peerOf(cores, (train) => allCores(size, async (steps) => (await train(steps)).seconds));
}

async function besideProcesses({ size, peerOf }) {
  const cores = availableParallelism();
  return withProcesses(cores, peerOf, (trains) =>
    allCores(size, async (steps) => {
      const each = await Promise.all(trains.map((train) => train(steps)));
      return Math.max(...each.map(({ seconds }) => seconds)) / cores;
    }),
  );
}

/** `peer(steps)` gives its seconds for a step of one model. */
async function allCores(size, peer) {
  const steps = stepsPerTurn[size];
  return withWorkers(size, availableParallelism(), async (all) => {
    const [ours, theirs] = [[], []];
    for (let i = 0; i < repeats; i++) {
      ours.push(await all(steps));
      theirs.push(await peer(steps));
    }
    return { ours: median(ours), theirs: median(theirs) };
  });
}

/** Calls `use` with the `train` functions of several peers of one thread. */
function withProcesses(count, peerOf, use, trains = []) {
  if (trains.length === count) return use(trains);
  return peerOf(1, (train) => withProcesses(count, peerOf, use, [...trains, train]));
}

/** How much faster a worker a core is than one worker: ours against ours. */
async function besideOneWorker(size) {
  const { batchSize, contextLength } = describeSize(size).parameters;
  const steps = stepsPerTurn[size];
  const times = await withWorkers(size, availableParallelism(), async (all, alone) => {
    const [ours, theirs] = [[], []];
    for (let i = 0; i < repeats; i++) {
      ours.push(await all(steps));
      theirs.push(await alone(steps));
    }
    return { ours: median(ours), theirs: median(theirs) };
  });
  const [ours, theirs] = [times.ours, times.theirs].map((seconds) => (1e6 * seconds) / batchSize / contextLength);
  return { ours, theirs, unit: 'µs a token', peer: `one of the ${availableParallelism()} workers alone` };
}

/** Calls `use(all, alone)`: seconds a step of all workers together, and of the first one while the others rest. */
async function withWorkers(size, count, use) {
  const workers = Array.from({ length: count }, () => startWorker(size));
  // A round of `count` steps, one for each worker, takes as long as its slowest.
  const all = async (steps) => Math.max(...(await Promise.all(workers.map((turn) => turn(steps))))) / steps / count;
  try {
    await all(3);
    return await use(all, async (steps) => (await workers[0](steps)) / steps);
  } finally {
    for (const turn of workers) turn.end();
  }
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

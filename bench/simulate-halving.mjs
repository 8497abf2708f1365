// Plays a sweep with early stopping on curves that are known to their end: several workers, each with one run at a
// time, judged at the rungs by the very functions that the service uses.
const { predictFinalLosses, HALF_90 } = await import('../dist/libs/mixing-laws/src/index.js');
const { decideHalving, rungSteps } = await import('../dist/libs/sweeps/src/early-stopping/decide-halving.js');

/**
 * @param runs {steps, losses, final} in the order in which they are started; steps as shares of 1,000
 * @param options {budget: in whole runs, workers, settings: of early stopping, or null}
 * @returns {finished, stopped: [{run, lower, upper, mean}], spent}
 */
export function playSweep(runs, { budget, workers, settings }) {
  const rungs = settings ? rungSteps(1000, settings) : [];
  const reached = new Map(rungs.map((rung) => [rung, []]));
  const finished = [];
  const stopped = [];
  let spent = 0;
  let next = 0;
  let events = [];
  const start = (time) => {
    // Whoever has a worker goes on; nobody begins a run that the budget would not bear to its end.
    const held = events.reduce((sum, { left }) => sum + left, 0);
    if (next >= runs.length || spent + held + 1 > budget + 1e-9) return;
    events.push({ time: time + (rungs[0] ?? 1000), run: next++, rung: 0, left: 1, at: 0 });
  };
  for (let w = 0; w < workers; w++) start(w);
  while (events.length > 0) {
    events.sort((a, b) => a.time - b.time || a.run - b.run);
    const [event, ...others] = events;
    events = others;
    const step = rungs[event.rung] ?? 1000;
    spent += (step - event.at) / 1000;
    if (step === 1000) {
      finished.push(event.run);
      start(event.time);
      continue;
    }
    const peers = reached.get(step);
    peers.push(event.run);
    const done = new Set(finished);
    const { runs: ends } = predictFinalLosses(
      peers.map((r) => {
        const used = runs[r].steps.filter((s) => s <= step).length;
        return {
          steps: runs[r].steps.slice(0, used),
          losses: runs[r].losses.slice(0, used),
          final: done.has(r) ? runs[r].final : null,
        };
      }),
      1000,
    );
    const own = peers.length - 1;
    if (decideHalving(ends, own, settings).stop) {
      const { mean, standardError } = ends[own];
      const half = HALF_90 * standardError;
      stopped.push({ run: event.run, mean, lower: mean - half, upper: mean + half });
      start(event.time);
      continue;
    }
    const to = rungs[event.rung + 1] ?? 1000;
    events.push({ ...event, time: event.time + to - step, rung: event.rung + 1, left: (1000 - step) / 1000, at: step });
  }
  return { finished, stopped, spent };
}

import type { Assignment } from '#libs/contracts';
import type { AssignmentSource } from '#libs/sweeps';

/** Takes assignments until it is closed and holds each until it is let go or stopped; `heartbeat` is sent meanwhile. */
export function holdAssignments(
  source: AssignmentSource,
  concurrency: number,
  heartbeat?: (given: Assignment) => Promise<void>,
) {
  const taken: Assignment[] = [];
  const stops = new Map<string, unknown>();
  const releases = new Map<string, () => void>();
  const consumption = source.consume(concurrency, async (given, stop) => {
    taken.push(given);
    const beat = heartbeat && setInterval(() => void heartbeat(given), 50);
    await new Promise<void>((resolve) => {
      releases.set(given.runId, resolve);
      const stopped = () => {
        stops.set(given.runId, stop.reason);
        resolve();
      };
      if (stop.aborted) stopped();
      stop.addEventListener('abort', stopped);
    });
    clearInterval(beat);
  });
  const close = () => {
    for (const release of releases.values()) release();
    return consumption.close();
  };
  return { taken, stops, release: (runId: string) => releases.get(runId)?.(), consumption, close };
}

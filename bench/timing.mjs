import { availableParallelism } from 'node:os';

export function secondsOf(work) {
  const begun = performance.now();
  work();
  return (performance.now() - begun) / 1000;
}

/** How many threads a peer may try: one, and all there are. */
export function threadCounts() {
  return [...new Set([1, availableParallelism()])];
}

export function threadsOf(count) {
  return count === 1 ? '1 thread' : `${count} threads`;
}

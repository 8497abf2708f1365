import type { WorkerResponse } from '#libs/contracts';
import { countOf, formatDuration } from '../terminal/numbers.js';
import { formatTable, right } from '../terminal/table.js';
import { wrapText } from '../terminal/wrap.js';

const dayMs = 86_400_000;

/** A line for each worker, then why some take no runs and why faster backends are not used. */
export function describeWorkers(
  workers: readonly WorkerResponse[],
  { all, now }: { all: boolean; now: number },
): string {
  const shown = all ? workers : workers.filter((worker) => isOfInterest(worker, now));
  const hidden = workers.length - shown.length;
  const rest = hidden === 0 ? [] : [`${countOf(hidden, 'worker')} stopped or lost long ago: --all shows them`];
  if (shown.length === 0) return ['No worker is there. Start one with: cuvee worker', ...rest].join('\n\n');
  const table = formatTable(
    [
      { title: 'host', names: true },
      { title: 'worker', names: true },
      { title: 'state' },
      right('busy'),
      { title: 'backend' },
      right('GFLOP/s'),
      right('tokens/s'),
      { title: 'trainers', names: true },
      { title: 'last seen' },
    ],
    shown.map((worker) => [
      worker.host,
      worker.id,
      worker.state,
      // What a lost worker was doing has gone to others.
      `${worker.state === 'lost' ? '–' : worker.busy}/${worker.slots}`,
      worker.backend ?? '–',
      speed(worker.gigaflops),
      speed(worker.tokensPerSecond),
      worker.trainers.join(', ') || 'none',
      `${formatDuration((now - Date.parse(worker.heartbeatAt)) / 1000)} ago`,
    ]),
  );
  return [table, ...grouped(shown, reasonOf), ...grouped(shown, backendReasonOf), ...rest].join('\n\n');
}

function isOfInterest({ state, heartbeatAt }: WorkerResponse, now: number): boolean {
  return state !== 'stopped' && (state !== 'lost' || now - Date.parse(heartbeatAt) < dayMs);
}

function speed(value: number | null): string {
  if (value === null) return '–';
  return value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en');
}

function reasonOf({ state, reason }: WorkerResponse): string | null {
  return reason !== null && (state === 'broken' || state === 'stopping') ? `${state}: ${reason}` : null;
}

function backendReasonOf({ backend, backendReason }: WorkerResponse): string | null {
  return backend !== null && backendReason !== '' ? `${backend}: ${backendReason}` : null;
}

/** What workers have in common is said once, after the names of their hosts. */
function grouped(workers: readonly WorkerResponse[], textOf: (worker: WorkerResponse) => string | null): string[] {
  const hosts = new Map<string, Set<string>>();
  for (const worker of workers) {
    const text = textOf(worker);
    if (text !== null) hosts.set(text, (hosts.get(text) ?? new Set()).add(worker.host));
  }
  return [...hosts].map(([text, names]) => wrapText(`${[...names].join(', ')}: ${text}`));
}

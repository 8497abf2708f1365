import type { SweepResponse } from '#libs/contracts';
import type { ApiClient } from '../client/api-client.js';
import { isFinal, watchSweep } from '../client/watch-sweep.js';
import { openProgressLine } from '../terminal/progress-line.js';
import { writeJson, writeText } from '../write-output.js';
import { describeSweep } from './sweep-text.js';

/** Everything there is to say about a sweep, as text. */
export async function describeFully(client: ApiClient, sweep: SweepResponse): Promise<string> {
  const corpus = await client.corpus(sweep.corpusId);
  return describeSweep({
    sweep,
    domains: corpus.domains.map(({ name }) => name),
    fit: sweep.fitId === null ? null : await client.fit(sweep.fitId),
    proposal: sweep.proposalId === null ? null : await client.proposal(sweep.proposalId),
    confirmationRuns: sweep.confirmation === null ? [] : await client.allRuns(sweep.id),
    transfers: sweep.fidelities.length > 1 ? await client.transfers(sweep.id) : [],
    troubledRuns: sweep.state === 'failed' ? await client.allRuns(sweep.id) : [],
    failures: mayHaveTrouble(sweep) ? await client.failures(sweep.id) : [],
  });
}

/** Whether some attempt may have failed that is worth a word. */
function mayHaveTrouble({ state, specification, progress: { runs } }: SweepResponse): boolean {
  if (specification.trainer === null) return false;
  return state === 'running' || state === 'confirming' || state === 'failed' || runs.failed + runs.diverged > 0;
}

/** Shows the progress until the sweep ends, then the sweep. Ctrl-C leaves the sweep going. */
export async function watchToTheEnd(client: ApiClient, id: string, options: { json?: boolean }): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const last = await watchSweep(client, id, await openProgressLine(), { signal: stop.signal });
    if (options.json) writeJson(last);
    else if (isFinal(last)) writeText(await describeFully(client, last));
    else writeText(`The sweep goes on. Watch it again with: cuvee sweep watch ${id}`);
    if (last.state === 'failed' || last.state === 'cancelled') process.exitCode = 1;
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

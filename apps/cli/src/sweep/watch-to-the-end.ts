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
    troubledRuns: sweep.state === 'failed' ? await client.allRuns(sweep.id) : [],
  });
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

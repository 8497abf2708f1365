import { afterEach, expect, it } from 'vitest';
import { canonicalProposal } from '#libs/training-configs';
import { computeInThread } from './compute-in-thread.js';
import { WarmThreads } from './warm-threads.js';

const here = new AbortController().signal;
const proposal = canonicalProposal({ weights: { web: 0.75, code: 0.25 } });
const task = { proposal, format: 'csv', options: {} };
let threads: WarmThreads<'exportProposal'>;
afterEach(() => threads.close());

it('answers as a new thread does, again and again, and keeps mistakes apart', async () => {
  threads = new WarmThreads('exportProposal');
  const cold = await computeInThread('exportProposal', task);
  expect(await threads.compute(task, here)).toEqual(cold);
  const mistake = { ...task, options: { colour: 'red' } };
  await expect(threads.compute(mistake, here)).rejects.toMatchObject({ code: 'EXPORT_OPTION' });
  const together = await Promise.all([threads.compute(task, here), threads.compute(task, here)]);
  expect(together).toEqual([cold, cold]);
});

it('ends a computation with the reason of its signal, and answers the next all the same', async () => {
  threads = new WarmThreads('exportProposal');
  const cold = await threads.compute(task, here);
  const late = new AbortController();
  const endless = threads.compute({ ...task, options: { draws: 1e14 } }, late.signal);
  late.abort(new Error('too late'));
  await expect(endless).rejects.toThrow('too late');
  await expect(threads.compute(task, late.signal)).rejects.toThrow('too late');
  expect(await threads.compute(task, here)).toEqual(cold);
});

it('ends what is under way when it is closed', async () => {
  threads = new WarmThreads('exportProposal');
  const endless = threads.compute({ ...task, options: { draws: 1e14 } }, here);
  const ended = expect(endless).rejects.toThrow('closed');
  await threads.close();
  await ended;
  await expect(threads.compute(task, here)).rejects.toThrow('closed');
});

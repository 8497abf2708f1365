import { expect, it } from 'vitest';
import { Gate } from './gate.js';

it('lets two through at a time, in order, and never begins what was given up while it waited', async () => {
  const gate = new Gate(2);
  const begun: number[] = [];
  const end: (() => void)[] = [];
  let inside = 0;
  let most = 0;
  const work = (n: number) => async () => {
    begun.push(n);
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => end.push(resolve));
    inside -= 1;
    if (n === 1) throw new Error('one failed');
    return n;
  };
  const gone = new AbortController();
  const here = new AbortController().signal;
  const all = Promise.allSettled([0, 1, 2, 3].map((n) => gate.run(n === 2 ? gone.signal : here, work(n))));
  gone.abort(new Error('went away'));
  while (begun.length < 2) await Promise.resolve();
  while (begun.length < 3 || end.length > 0) {
    end.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await all).toMatchObject([
    { value: 0 },
    { reason: { message: 'one failed' } },
    { reason: { message: 'went away' } },
    { value: 3 },
  ]);
  expect(begun).toEqual([0, 1, 3]);
  expect(most).toBe(2);
});

it('refuses what comes when as many wait as may, and forgets at once who went away', async () => {
  const gate = new Gate(1, 1);
  const here = new AbortController().signal;
  const gone = new AbortController();
  let end = (): void => {};
  const first = gate.run(here, () => new Promise<void>((resolve) => (end = resolve)));
  const second = gate.run(gone.signal, async () => 'never');
  await expect(gate.run(here, async () => 'too many')).rejects.toMatchObject({ status: 503, code: 'too-busy' });
  gone.abort(new Error('went away'));
  await expect(second).rejects.toThrow('went away');
  const third = gate.run(here, async () => 'done');
  end();
  expect([await first, await third]).toEqual([undefined, 'done']);
});

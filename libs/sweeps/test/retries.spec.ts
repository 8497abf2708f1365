import { describe, expect, it } from 'vitest';
import { type CreateSweepInput, defaultRetries, type FailureClass, failureClasses } from '#libs/contracts';
import { ServiceInMemory } from './service-in-memory.js';

/** Fails one run again and again, an hour apart, until it is given up; answers the number of attempts. */
async function attemptsOf(
  classes: readonly FailureClass[],
  overrides: Partial<CreateSweepInput> = {},
): Promise<{ attempts: number; s: ServiceInMemory; runId: string }> {
  const s = new ServiceInMemory();
  await s.submit(overrides);
  let [next] = await s.feed(1);
  const runId = next!.runId;
  for (let attempts = 1; ; attempts += 1) {
    await s.start(next!);
    const name = classes[Math.min(attempts, classes.length) - 1]!;
    await s.report(
      next!,
      name === 'diverged'
        ? { type: 'diverged', step: 3, trainLoss: Number.POSITIVE_INFINITY, reason: 'the loss exploded' }
        : { type: 'failed', class: name, message: `${name} on ${attempts}`, stderrTail: '' },
    );
    if ((await s.run(runId)).state !== 'waiting') return { attempts, s, runId };
    s.time += 3_600_000;
    [next] = await s.feed(1);
    expect(next).toMatchObject({ runId, attempt: attempts + 1 });
  }
}

describe('retries', () => {
  it.each([
    ['data', 1],
    ['configuration', 1],
    ['out-of-memory', 2],
    ['timeout', 2],
    ['infrastructure', 11],
    ['internal', 3],
    ['diverged', 1],
  ] as const)('after failures of class %s end, by default, with attempt %i', async (name, expected) => {
    const { attempts, s, runId } = await attemptsOf([name]);
    expect(attempts).toBe(expected);
    expect(await s.run(runId)).toMatchObject({
      state: name === 'diverged' ? 'diverged' : 'failed',
      failures: { [name]: expected },
      notBefore: null,
    });
    const last = (await s.context.store.listAttempts(runId)).at(-1);
    expect(last).toMatchObject({ failureClass: name, state: name === 'diverged' ? 'diverged' : 'failed' });
  });

  it.each(failureClasses)('are as many as the sweep asks for, within its attempts: %s', async (name) => {
    expect((await attemptsOf([name], { maxAttempts: 10, retries: { [name]: 4 } })).attempts).toBe(5);
    expect((await attemptsOf([name], { maxAttempts: 10, retries: { [name]: 0 } })).attempts).toBe(1);
    const few = await attemptsOf([name], { maxAttempts: 2, retries: { [name]: 4 } });
    expect(few.attempts).toBe(name === 'infrastructure' ? 5 : 2);
  });

  it('count the classes apart, and what the run caused together', async () => {
    const mixed = await attemptsOf(['timeout', 'out-of-memory', 'internal']);
    expect(mixed.attempts).toBe(3);
    expect((await mixed.s.run(mixed.runId)).failures).toEqual({ timeout: 1, 'out-of-memory': 1, internal: 1 });
    const sick = await attemptsOf([
      'infrastructure',
      'internal',
      'infrastructure',
      'internal',
      'infrastructure',
      'internal',
    ]);
    expect(sick.attempts).toBe(6);
    expect((await attemptsOf(['infrastructure', 'data'])).attempts).toBe(2);
  });

  it('of a run that diverged train it again where the sweep asks for it', async () => {
    const { s, runId } = await attemptsOf(['diverged'], { retries: { diverged: 1 } });
    expect(await s.run(runId)).toMatchObject({ state: 'diverged', attempt: 2, reason: 'the loss exploded' });
    const attempts = await s.context.store.listAttempts(runId);
    expect(attempts.map(({ state, failureClass }) => [state, failureClass])).toEqual([
      ['diverged', 'diverged'],
      ['diverged', 'diverged'],
    ]);
  });

  it('after a failure of the infrastructure wait, twice as long each time and a minute at most', async () => {
    const s = new ServiceInMemory();
    await s.submit();
    const [first] = await s.feed(1);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= defaultRetries.infrastructure; attempt += 1) {
      const key = { runId: first!.runId, attempt };
      await s.start(key);
      await s.report(key, { type: 'failed', class: 'infrastructure', message: 'no GPU', stderrTail: '' });
      const { notBefore } = await s.run(first!.runId);
      waits.push((notBefore!.getTime() - s.time) / 1000);
      s.time = notBefore!.getTime() - 1;
      const others = await s.feed(1);
      expect(others.map(({ runId }) => runId)).not.toContain(first!.runId);
      for (const other of others) await s.finish(other);
      s.time += 1;
      expect(await s.feed(1)).toMatchObject([{ runId: first!.runId, attempt: attempt + 1 }]);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('of what a run itself causes begin at once', async () => {
    const s = new ServiceInMemory();
    await s.submit();
    const [first] = await s.feed(1);
    await s.start(first!);
    await s.report(first!, { type: 'failed', class: 'timeout', message: 'too long', stderrTail: '' });
    expect(await s.feed(1)).toMatchObject([{ runId: first!.runId, attempt: 2 }]);
  });
});

import { describe, expect, it } from 'vitest';
import { type FailureClass, failureClasses } from '#libs/contracts';
import { type AttemptVerdict, CircuitBreaker } from './circuit-breaker.js';

const limits = { failures: 3, fastSeconds: 30, coolDownSeconds: 60, longestCoolDownSeconds: 900 };
const failed = (name: FailureClass, saidByTrainer = false): AttemptVerdict => ({
  type: 'failed',
  class: name,
  message: 'no CUDA device',
  saidByTrainer,
});
const sick = failed('infrastructure');

function opened(): CircuitBreaker {
  const breaker = new CircuitBreaker(limits);
  for (let n = 0; n < 3; n += 1) breaker.record(sick, 1);
  return breaker;
}

describe('a circuit breaker', () => {
  it('opens at the third fast failure in a row and says what the last one was', () => {
    const breaker = new CircuitBreaker(limits);
    expect([1, 2, 3].map(() => breaker.record(sick, 1))).toEqual([false, false, true]);
    expect(breaker.state).toBe('open');
    expect(breaker.reason).toBe('infrastructure: no CUDA device');
  });

  it('counts what no run caused: infrastructure, memory, and a trainer that ended without a word about it', () => {
    const opens = (verdict: AttemptVerdict) => {
      const breaker = new CircuitBreaker(limits);
      for (let n = 0; n < 10; n += 1) breaker.record(verdict, 1);
      return breaker.state === 'open';
    };
    expect(failureClasses.filter((name) => opens(failed(name)))).toEqual([
      'out-of-memory',
      'infrastructure',
      'internal',
    ]);
    expect(failureClasses.filter((name) => opens(failed(name, true)))).toEqual(['out-of-memory', 'infrastructure']);
  });

  it('begins the row anew after a success and after a failure that took its time', () => {
    const breaker = new CircuitBreaker(limits);
    for (const between of [() => breaker.record({ type: 'done' }, 1), () => breaker.record(sick, 31)]) {
      breaker.record(sick, 1);
      breaker.record(sick, 1);
      between();
    }
    breaker.record(sick, 1);
    breaker.record(sick, 1);
    expect(breaker.state).toBe('closed');
  });

  it('is not reset by runs that fail for themselves or are stopped', () => {
    const breaker = new CircuitBreaker(limits);
    for (const verdict of [sick, failed('configuration', true), sick, { type: 'stopped' } as const, sick])
      breaker.record(verdict, 1);
    expect(breaker.state).toBe('open');
  });

  it('passes over what ends while it is open, and closes with a success after the cool-down', () => {
    const breaker = opened();
    expect(breaker.record({ type: 'done' }, 1)).toBe(false);
    expect(breaker.state).toBe('open');
    breaker.tryAgain();
    expect(breaker.state).toBe('half-open');
    expect(breaker.record({ type: 'done' }, 100)).toBe(true);
    expect([breaker.state, breaker.reason]).toEqual(['closed', null]);
    expect(breaker.record(sick, 1)).toBe(false);
  });

  it('opens again at one failure of a trial, for twice as long, up to the longest', () => {
    const breaker = opened();
    const waits = [breaker.coolDownSeconds];
    for (let n = 0; n < 5; n += 1) {
      breaker.tryAgain();
      expect(breaker.record(failed('configuration', true), 1)).toBe(false);
      // Slow or fast: the trial did not succeed.
      expect(breaker.record(sick, 100)).toBe(true);
      waits.push(breaker.coolDownSeconds);
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900]);
    breaker.tryAgain();
    breaker.record({ type: 'done' }, 1);
    for (let n = 0; n < 3; n += 1) breaker.record(sick, 1);
    expect(breaker.coolDownSeconds).toBe(60);
  });
});

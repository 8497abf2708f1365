import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForStop, type StopSignals } from './stop-signals.js';

let signals: StopSignals | undefined;
afterEach(() => {
  signals?.dispose();
  vi.useRealTimers();
});

async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('listenForStop', () => {
  it('hears the first signal, takes its echo for the same request, and a later one for a second', async () => {
    vi.useFakeTimers();
    signals = listenForStop();
    expect(signals.asked()).toBe(false);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
    expect(await signals.first).toBe('SIGINT');
    expect(signals.asked()).toBe(true);
    expect(await settled(signals.second)).toBe(false);
    vi.advanceTimersByTime(1500);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await signals.second).toBe('SIGTERM');
  });

  it('leaves no listener behind', () => {
    const before = process.listenerCount('SIGINT');
    signals = listenForStop();
    signals.dispose();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

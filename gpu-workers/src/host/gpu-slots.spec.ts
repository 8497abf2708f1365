import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDevices } from './gpu-devices.js';
import { type GpuLease, GpuSlots } from './gpu-slots.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the GPUs of a worker', () => {
  it('go to one run at a time, first come, first served: a large run is not passed by small ones', async () => {
    const slots = new GpuSlots(['0', '1']);
    const first = (await slots.acquire(1, never))!;
    const granted: string[] = [];
    const wait = (name: string, count: number) =>
      slots.acquire(count, never).then((lease) => {
        granted.push(`${name}:${lease?.devices}`);
        return lease;
      });
    const large = wait('large', 2);
    const small = wait('small', 1);
    await settled();
    expect(granted).toEqual([]);
    first.release();
    const lease = await large;
    await settled();
    expect(granted).toEqual(['large:0,1']);
    lease?.release();
    await small;
    expect(granted).toEqual(['large:0,1', 'small:0']);
  });

  it('do not wait for a run that gave up', async () => {
    const slots = new GpuSlots(['0', '1']);
    await slots.acquire(1, never);
    const stop = new AbortController();
    const large = slots.acquire(2, stop.signal);
    const small = slots.acquire(1, never);
    stop.abort();
    expect(await large).toBeNull();
    expect((await small)?.devices).toEqual(['1']);
  });

  it('are shared by as many runs as the list names them, each run on different ones', async () => {
    const slots = new GpuSlots(['a', 'a', 'b']);
    expect((await slots.acquire(2, never))?.devices).toEqual(['a', 'b']);
    expect((await slots.acquire(1, never))?.devices).toEqual(['a']);
    expect(() => slots.acquire(3, never)).toThrow('3 GPUs are asked for and there are 2');
    expect((await slots.acquire(0, never))?.devices).toEqual([]);
  });

  it('are never given out twice and never lost, whatever happens in whatever order', async () => {
    const action = fc.record({ kind: fc.constantFrom('acquire', 'release', 'stop'), n: fc.nat({ max: 7 }) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(action, { maxLength: 60 }), async (count, actions) => {
        const slots = new GpuSlots(Array.from({ length: count }, (_, index) => String(index)));
        const held: GpuLease[] = [];
        const waiting: AbortController[] = [];
        for (const { kind, n } of actions) {
          if (kind === 'acquire') {
            const stop = new AbortController();
            waiting.push(stop);
            void slots.acquire(1 + (n % count), stop.signal).then((lease) => {
              waiting.splice(waiting.indexOf(stop), 1);
              if (lease) held.push(lease);
            });
          } else if (kind === 'release') held.splice(n % Math.max(1, held.length), 1)[0]?.release();
          else waiting[n % Math.max(1, waiting.length)]?.abort();
          await settled();
          const used = held.flatMap(({ devices }) => devices);
          expect(new Set(used).size).toBe(used.length);
        }
        for (const stop of [...waiting]) stop.abort();
        await settled();
        for (const lease of held) lease.release();
        expect((await slots.acquire(count, never))?.devices).toHaveLength(count);
      }),
      { numRuns: 50 },
    );
  });
});

it.each([
  ['0,1', ['0', '1']],
  [' GPU-8f2a , MIG-1/0 ', ['GPU-8f2a', 'MIG-1/0']],
  ['', []],
  ['NoDevFiles', []],
  ['0,-1,2', ['0']],
])('a list of devices "%s" is read as CUDA reads it', (list, devices) => {
  expect(parseDevices(list)).toEqual(devices);
});

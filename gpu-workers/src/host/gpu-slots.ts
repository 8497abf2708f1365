/** The GPUs of one run; `release` may be called more than once. */
export interface GpuLease {
  devices: readonly string[];
  release(): void;
}

interface Waiting {
  count: number;
  grant(lease: GpuLease): void;
}

/**
 * Hands this worker's GPUs to its runs, each to one run at a time. First come, first served: a run that needs many is
 * not passed by runs that need few, so none waits for ever. A device that is listed n times takes n runs at a time;
 * one run gets different devices.
 */
export class GpuSlots {
  /** Free places, by device. */
  readonly #free = new Map<string, number>();
  readonly #waiting: Waiting[] = [];

  constructor(readonly devices: readonly string[]) {
    for (const device of devices) this.#free.set(device, (this.#free.get(device) ?? 0) + 1);
  }

  /** The most that one run can ever have. */
  get most(): number {
    return this.#free.size;
  }

  /** Resolves with null when `stop` is aborted first. @throws RangeError for more than `most` */
  acquire(count: number, stop: AbortSignal): Promise<GpuLease | null> {
    if (count > this.most) throw new RangeError(`${count} GPUs are asked for and there are ${this.most}`);
    if (stop.aborted) return Promise.resolve(null);
    if (count === 0) return Promise.resolve({ devices: [], release: () => {} });
    return new Promise((resolve) => {
      const onStop = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(null);
        this.#serve();
      };
      const waiting: Waiting = {
        count,
        grant: (lease) => {
          stop.removeEventListener('abort', onStop);
          resolve(lease);
        },
      };
      stop.addEventListener('abort', onStop, { once: true });
      this.#waiting.push(waiting);
      this.#serve();
    });
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const devices = this.#take(next.count);
      if (devices === null) return;
      this.#waiting.shift();
      next.grant(this.#lease(devices));
    }
  }

  /** The devices with the most room, in the order of the list; null when there are too few. */
  #take(count: number): string[] | null {
    const free = [...this.#free].filter(([, places]) => places > 0).sort(([, a], [, b]) => b - a);
    if (free.length < count) return null;
    const devices = free.slice(0, count).map(([device]) => device);
    for (const device of devices) this.#change(device, -1);
    return devices.sort((a, b) => this.devices.indexOf(a) - this.devices.indexOf(b));
  }

  #lease(devices: readonly string[]): GpuLease {
    let held = true;
    return {
      devices,
      release: () => {
        if (!held) return;
        held = false;
        for (const device of devices) this.#change(device, 1);
        this.#serve();
      },
    };
  }

  #change(device: string, by: 1 | -1): void {
    this.#free.set(device, (this.#free.get(device) ?? 0) + by);
  }
}

import type { Experts } from '#libs/contracts';

/** Tokens that each routed expert of each layer got, added up over passes. Without experts it stays empty. */
export class ExpertLoads {
  /** [layers][E] */
  readonly layers: number[][];

  constructor(parameters: { layers: number; experts?: Experts | undefined }) {
    const { layers, experts } = parameters;
    this.layers = experts ? Array.from({ length: layers }, () => new Array<number>(experts.count).fill(0)) : [];
  }

  add(layer: number, loads: readonly number[]): void {
    const own = this.layers[layer];
    for (const [expert, count] of loads.entries()) own![expert]! += count;
  }
}

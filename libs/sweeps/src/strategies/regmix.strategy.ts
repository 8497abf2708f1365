import type { Strategy } from '#libs/contracts';
import { regmixDesign } from '#libs/simplex';
import type { DesignStrategy } from './strategy.js';

export const regmixStrategy: DesignStrategy<Extract<Strategy, { name: 'regmix' }>> = {
  design({ strategy: { name: _name, ...options }, domains, prior, caps, seed }) {
    return regmixDesign({ ...options, domains, prior: [...prior], caps: [...caps], seed });
  },
};

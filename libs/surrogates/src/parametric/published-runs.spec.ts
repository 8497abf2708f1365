import { describe, expect, it } from 'vitest';
import { hasThreeDomainRuns, heldOutError } from '../../test/three-domain-runs.js';
import { autoscale } from '../autoscale/autoscale.js';
import { bimix } from '../bimix/bimix.js';
import { capacityAllocation } from '../capacity-allocation/capacity-allocation.js';
import { logLinear } from '../log-linear/log-linear.js';
import { rootLogLinear } from '../log-linear/root-log-linear.js';
import { mixingLawProduct } from '../mixing-law/mixing-law-product.js';
import { linear } from '../ridge.js';
import type { Surrogate } from '../surrogate.js';

describe.skipIf(!hasThreeDomainRuns)('on 24 of 32 published three-domain runs', () => {
  const missedBy = (surrogate: Surrogate, domain: string) => heldOutError(surrogate, domain, 5);

  it.each([
    { surrogate: logLinear, share: 0.6 },
    { surrogate: rootLogLinear, share: 0.3 },
    { surrogate: mixingLawProduct, share: 0.3 },
    { surrogate: bimix, share: 0.7 },
    { surrogate: autoscale, share: 0.4 },
    { surrogate: capacityAllocation, share: 0.7 },
  ])('$surrogate.name leaves at most $share of the error of a straight line', ({ surrogate, share }) => {
    for (const domain of ['Books3', 'Pile-CC']) {
      expect(missedBy(surrogate, domain)).toBeLessThan(share * missedBy(linear, domain));
    }
  });
});

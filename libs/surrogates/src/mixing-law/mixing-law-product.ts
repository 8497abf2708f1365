import { lawParameters, parametricSurrogate } from '../parametric/parametric-surrogate.js';
import type { Surrogate } from '../surrogate.js';
import { productLaw, productProblem } from './product-law.js';

const parameters = { ...lawParameters, maxIterations: { ...lawParameters.maxIterations, default: 1000 } } as const;

/** The product form; see product-law.ts. */
export const mixingLawProduct: Surrogate = parametricSurrogate({
  name: 'mixing-law-product',
  summary: 'data mixing law in product form, c + k prod_j (1 - kappa_j + kappa_j exp(t_j r_j)): effects that level off',
  parameters,
  minimumRows: () => 3,
  freeParameters: (m) => 2 * m + 2,
  approach: 100,
  place: (data) => productProblem(data),
  rebuild: (constants) => productLaw(constants.domains as number),
});

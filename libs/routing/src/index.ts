export { describeRouting, type LayerRouting } from './describe-routing.js';
export { loadEntropy, loadVariation, maximumViolation } from './load-balance.js';
export { mutualInformation } from './mutual-information.js';

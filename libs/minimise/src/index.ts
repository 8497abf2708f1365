export { huber, huberSlope } from './huber.js';
export { type MinimiseOptions, type Minimum, minimise } from './minimise.js';
export type { Objective } from './objective.js';

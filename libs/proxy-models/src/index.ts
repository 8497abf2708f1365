export * from './choose-shape.js';
export * from './complete-transformer.js';
export * from './count-parameters.js';
export * from './hidden-width.js';
export * from './mu-p.js';
export * from './run-cost.js';
export * from './training-flops.js';

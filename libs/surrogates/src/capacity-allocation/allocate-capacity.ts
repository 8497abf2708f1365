// The capacity that a model gives each domain when it minimises its training loss.
//   x  minimises sum_j h_j c_j x_j^-b_j  over  sum_j x_j = 1 + (m − 1) H,  x_j >= H
//   solution: x_j = max(H, (h_j b_j c_j / lambda)^(1/(b_j + 1))), lambda from the budget
// Reference: Dai and Zheng 2026, "Explaining data mixing scaling laws", which finds lambda by bisection. In l = log
// lambda the excess of the budget is convex and falling, so that Newton's method from the left, where the excess is
// positive, approaches the root from one side and never overshoots.

/**
 * Writes log x_j.
 * @param logDemand m values log(h_j b_j c_j); −Infinity for a domain that is not trained on
 * @param logFloor log H, below 0
 */
export function allocateCapacity(
  logDemand: Float64Array,
  exponents: Float64Array,
  logFloor: number,
  logCapacity: Float64Array,
): void {
  const m = logDemand.length;
  const floor = Math.exp(logFloor);
  const budget = 1 + (m - 1) * floor;
  const logBudget = Math.log(budget);
  let l = -Infinity;
  for (let j = 0; j < m; j++) l = Math.max(l, logDemand[j]! - (exponents[j]! + 1) * logBudget);
  for (let round = 0; round < 100; round++) {
    let excess = -budget;
    let slope = 0;
    for (let j = 0; j < m; j++) {
      const log = (logDemand[j]! - l) / (exponents[j]! + 1);
      if (log > logFloor) {
        const x = Math.exp(log);
        excess += x;
        slope += x / (exponents[j]! + 1);
      } else excess += floor;
    }
    if (excess <= 1e-13 * budget || slope === 0) break;
    l += excess / slope;
  }
  for (let j = 0; j < m; j++) logCapacity[j] = Math.max(logFloor, (logDemand[j]! - l) / (exponents[j]! + 1));
}

"""The log-linear law c + exp(a + t.(p - q)) fitted with scipy: Huber loss on standardised residuals, a pull on t."""
import numpy as np
from scipy.optimize import minimize


def objective_of(features, losses, spread, delta, ridge):
    """Value and gradient in (c, a, t); `features` are centred."""

    def objective(theta):
        excess = np.exp(np.minimum(theta[1] + features @ theta[2:], 150))
        residual = (theta[0] + excess - losses) / spread
        size = np.abs(residual)
        value = np.where(size <= delta, 0.5 * residual**2, delta * (size - 0.5 * delta)).sum()
        slope = np.clip(residual, -delta, delta) / spread
        gradient = np.concatenate([[slope.sum(), slope @ excess], features.T @ (slope * excess) + ridge * theta[2:]])
        return value + 0.5 * ridge * theta[2:] @ theta[2:], gradient

    return objective


def fit_log_linear(features, losses, starts, bounds, delta=0.5, ridge=1e-3, iterations=500):
    """The lowest of the descents from each start: (value, theta)."""
    objective = objective_of(features, losses, losses.std() or 1.0, delta, ridge)
    found = [
        minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": iterations, "maxfun": 10 * iterations, "maxcor": 20, "ftol": 1e-10},
        )
        for start in starts
    ]
    best = min(found, key=lambda result: result.fun)
    return float(best.fun), best.x


def starts_by_floor(features, losses, depths=(0.1, 1, 10)):
    """For a fixed floor the law is a straight line in log(loss - floor)."""
    spread = np.ptp(losses)
    starts = []
    for depth in depths:
        floor = losses.min() - depth * spread
        line = np.hstack([np.ones((len(losses), 1)), features])
        solution = np.linalg.lstsq(line, np.log(losses - floor), rcond=1e-6)[0]
        starts.append(np.concatenate([[floor], solution]))
    return starts

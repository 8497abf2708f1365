"""scikit-learn's Gaussian process on the square roots of the weights: Constant * Matern-5/2 (one length scale each) + White."""
import warnings

import numpy as np
import sklearn
from peer import load_arrays, serve, timed
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

# A length scale at its bound is what an irrelevant domain should have.
warnings.simplefilter("ignore", ConvergenceWarning)
data = load_arrays()
domains = data["mixtures"].shape[1]
mean, deviation = np.log(data["losses"]).mean(), np.log(data["losses"]).std()
points, targets = np.sqrt(data["mixtures"]), (np.log(data["losses"]) - mean) / deviation
models = {}


def regressor():
    lengths = Matern(np.full(domains, 0.7), (0.05, 20), nu=2.5)
    kernel = ConstantKernel(1, (1e-3, 1e3)) * lengths + WhiteKernel(0.01, (1e-6, 10))
    return GaussianProcessRegressor(kernel, alpha=1e-10, n_restarts_optimizer=0)


def fit(threads):
    with threadpool_limits(threads):
        seconds, models[threads] = timed(regressor().fit, points, targets)
    return {"seconds": seconds, "version": sklearn.__version__}


def predict(threads):
    """Means and standard errors, in the unit of the loss."""
    asked = np.sqrt(data["asked"])
    with threadpool_limits(threads):
        seconds, (means, _) = timed(models[threads].predict, asked, return_std=True)
    losses = np.exp(mean + deviation * means)
    rmse = float(np.sqrt(np.mean((losses - data["truth"]) ** 2)))
    return {"seconds": seconds, "rmse": rmse, "version": sklearn.__version__}


serve({"fit": fit, "predict": predict})

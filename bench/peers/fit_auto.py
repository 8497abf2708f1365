"""scikit-learn's stack of the families that `auto` weighs: a plane, a log-linear law, a Gaussian process, trees."""
import warnings

import numpy as np
import sklearn
import xgboost
from log_linear_law import fit_log_linear, starts_by_floor
from peer import load_arrays, serve, timed
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import StackingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

data = load_arrays()


class LogLinear(RegressorMixin, BaseEstimator):
    def fit(self, x, y):
        self.centre_ = x.mean(axis=0)
        features = x - self.centre_
        largest = y.max() - y.min()
        bounds = [(min(0, y.min() - 30 * largest), y.mean()), (-40, 40)] + [(-40, 40)] * x.shape[1]
        self.theta_ = fit_log_linear(features, y, starts_by_floor(features, y), bounds)[1]
        return self

    def predict(self, x):
        return self.theta_[0] + np.exp(self.theta_[1] + (x - self.centre_) @ self.theta_[2:])


def stack(domains, threads):
    kernel = ConstantKernel() * Matern(np.ones(domains), (1e-2, 1e3), nu=2.5) + WhiteKernel(1e-2, (1e-6, 10))
    process = make_pipeline(
        FunctionTransformer(np.sqrt), GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    )
    trees = xgboost.XGBRegressor(
        n_estimators=1000,
        learning_rate=0.01,
        tree_method="hist",
        grow_policy="lossguide",
        max_leaves=31,
        max_depth=0,
        min_child_weight=20,
        n_jobs=threads,
    )
    members = [("plane", Ridge(1e-3)), ("law", LogLinear()), ("process", process), ("trees", trees)]
    folds = KFold(5, shuffle=True, random_state=0)
    return StackingRegressor(members, LinearRegression(positive=True), cv=folds)


def fit(threads):
    warnings.simplefilter("ignore")
    model = stack(data["mixtures"].shape[1], threads)
    seconds, _ = timed(model.fit, data["mixtures"], data["losses"][0])
    rmse = float(np.sqrt(np.mean((model.predict(data["asked"]) - data["truth"]) ** 2)))
    return {"seconds": seconds, "rmse": rmse, "version": sklearn.__version__}


serve({"fit": fit})

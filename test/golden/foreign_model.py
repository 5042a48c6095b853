"""A model that the newest xgboost trained and saved its own way, and its margins for customers with holes in their data.

Six rounds with histograms, four exact with pruning (which leaves deleted nodes in the file), sampling, two trees a round,
base_score estimated and written in brackets: the features of the format that churn's own models don't have.

    python test/golden/foreign_model.py                 # writes foreign-model.json and foreign-margins.json
"""

import base64
import json
import pathlib

import numpy as np
import xgboost
from telco import telco, with_holes

features, label = telco()
holed = with_holes(features)
matrix = xgboost.DMatrix(holed, label)
params = {
    "objective": "binary:logistic",
    "max_depth": 4,
    "gamma": 5,
    "subsample": 0.8,
    "colsample_bylevel": 0.8,
    "num_parallel_tree": 2,
    "seed": 42,
}
booster = xgboost.train({**params, "tree_method": "hist"}, matrix, num_boost_round=6)
booster = xgboost.train({**params, "tree_method": "exact"}, matrix, num_boost_round=4, xgb_model=booster)
folder = pathlib.Path(__file__).parent
booster.save_model(folder / "foreign-model.json")
margin = booster.predict(matrix, output_margin=True)
golden = {
    "made_with": {"xgboost": xgboost.__version__, "numpy": np.__version__},
    "margin": base64.b64encode(margin.astype("<f4").tobytes()).decode(),
}
(folder / "foreign-margins.json").write_text(json.dumps(golden, indent=1) + "\n")

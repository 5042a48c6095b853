"""What xgboost says of a model: the importances of its features, and the mean absolute contributions for some customers.

python explains.py MODEL.json CUSTOMERS.json

The customers are a column of numbers, or null, for each feature's name.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

model, customers = map(Path, sys.argv[1:])
booster = xgboost.Booster(model_file=str(model))
frame = pd.DataFrame(json.loads(customers.read_text())).astype(np.float32)
matrix = xgboost.DMatrix(frame[booster.feature_names])
contributions = booster.predict(matrix, pred_contribs=True)
margin = booster.predict(matrix, output_margin=True)
assert np.abs(contributions.sum(axis=1) - margin).max() < 1e-5
means = np.abs(contributions.astype(np.float64)).mean(axis=0)
print(
    json.dumps(
        {
            "importance": {kind: booster.get_score(importance_type=kind) for kind in ("gain", "weight", "cover")},
            "bias": float(contributions[0, -1]),
            "mean_abs": dict(zip(booster.feature_names, means[:-1].tolist())),
        }
    )
)

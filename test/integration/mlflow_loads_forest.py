"""Loads a forest's model folder by MLflow as whoever serves it does, and scores customers with it.

python mlflow_loads_forest.py MODEL_FOLDER CUSTOMERS.json

CUSTOMERS.json: columns and rows. Prints what either flavour predicts.
"""

import json
import os
import sys
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
import pandas as pd
import xgboost

folder, customers_file = sys.argv[1:]
customers = json.loads(Path(customers_file).read_text(encoding="utf-8"))
frame = pd.DataFrame(customers["rows"], columns=customers["columns"], dtype="float64")
booster = mlflow.xgboost.load_model(folder)
assert isinstance(booster, xgboost.Booster), type(booster)
assert booster.num_boosted_rounds() == 1, booster.num_boosted_rounds()
served = mlflow.pyfunc.load_model(folder)
assert served.metadata.metadata["algorithm"] == "random-forest", served.metadata.metadata
print(
    json.dumps(
        {
            "flavour": booster.predict(xgboost.DMatrix(frame)).tolist(),
            "pyfunc": served.predict(frame[list(reversed(customers["columns"]))]).tolist(),
        }
    )
)

"""Asks a model that `mlflow models serve` serves to score a night's test customers. Run it in the workspace.

python mlflow_scores.py ADDRESS NIGHT

Prints what it answers, and what predictions.parquet has.
"""

import json
import sys
import urllib.request

import pandas as pd

address, night = sys.argv[1:]
features = pd.read_parquet(f"features/{night}/test.parquet").drop(columns=["customer_id", "churned"])
request = urllib.request.Request(
    f"{address}/invocations",
    data=json.dumps({"dataframe_split": json.loads(features.to_json(orient="split", double_precision=15))}).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    answered = json.load(answer)["predictions"]
expected = pd.read_parquet(f"models/{night}/predictions.parquet")["probability"].tolist()
print(json.dumps({"answered": answered, "expected": expected}))

"""Trains on a night's train matrix, logs the model by mlflow.xgboost and puts it into production, as a team does that trains in Python.

python mlflow_logs_champion.py FEATURES MODEL KIND FORMAT ALIAS|STAGE|CHURN

FEATURES is the folder of train.parquet and test.parquet, KIND booster or classifier; with CHURN it is registered alone. Prints version, source and F1 on the test side.
"""

import contextlib
import json
import pathlib
import sys

import mlflow
import pandas
import xgboost
from sklearn.metrics import f1_score

folder, model, kind, model_format, by = pathlib.Path(sys.argv[1]), *sys.argv[2:]
train, test = (pandas.read_parquet(folder / f"{side}.parquet") for side in ("train", "test"))
features = [name for name in train.columns if name not in ("customer_id", "churned")]

mlflow.set_experiment("python-team")
if kind == "classifier":
    trained = xgboost.XGBClassifier(n_estimators=100, max_depth=5, learning_rate=0.1, random_state=42)
    trained.fit(train[features], train.churned)
    probability = trained.predict_proba(test[features])[:, 1]
else:
    parameters = {"objective": "binary:logistic", "max_depth": 5, "learning_rate": 0.1, "seed": 42}
    trained = xgboost.train(parameters, xgboost.DMatrix(train[features], train.churned), 100)
    probability = trained.predict(xgboost.DMatrix(test[features]))
# MLflow 2.22 prints where the run can be seen.
with contextlib.redirect_stdout(sys.stderr), mlflow.start_run():
    mlflow.xgboost.log_model(trained, "model", model_format=model_format, registered_model_name=model)
client = mlflow.MlflowClient()
version = max(int(found.version) for found in client.search_model_versions(f"name='{model}'"))
if by == "ALIAS":
    client.set_registered_model_alias(model, "champion", str(version))
elif by == "STAGE":
    client.transition_model_version_stage(model, str(version), "Production")
source = client.get_model_version(model, str(version)).source
f1 = f1_score(test.churned, probability > 0.5)
print(json.dumps({"version": version, "source": source, "f1": f1}))

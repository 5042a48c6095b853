"""Opens a folder that churn wrote by MLflow itself, checks what it finds and then writes into it, as a colleague would.

python mlflow_reads_folder.py MLRUNS EXPECTED.json

EXPECTED.json: experiment, run_id, params, metrics, tags, model, columns, rows and the probabilities churn computes for them.
Prints the versions and what was checked as JSON. Any difference is an AssertionError.
"""

import json
import os
import sys
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # 3.13 and later ask for it
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
import pandas as pd
import xgboost
from mlflow.entities import ViewType

root, expected_file = Path(sys.argv[1]).resolve(), sys.argv[2]
expected = json.loads(Path(expected_file).read_text(encoding="utf-8"))
mlflow.set_tracking_uri(root.as_uri())
client = mlflow.MlflowClient()

# every experiment, run and model can be listed: one that is misread would fail the whole list
names = {e.name for e in client.search_experiments(view_type=ViewType.ALL)}
assert names == {"Default", expected["experiment"]}, names
experiment = client.get_experiment_by_name(expected["experiment"])
runs = client.search_runs([experiment.experiment_id], filter_string="tags.`churn.run_key` = 'the key'")
assert [r.info.run_id for r in runs] == [expected["run_id"]], runs

run = client.get_run(expected["run_id"])
assert run.info.status == "FINISHED", run.info.status
assert run.info.end_time is not None
assert run.data.params == expected["params"], run.data.params
assert run.data.metrics == expected["metrics"], run.data.metrics
for key, value in expected["tags"].items():
    assert run.data.tags[key] == value, (key, run.data.tags.get(key))
history = json.loads(run.data.tags["mlflow.log-model.history"])
assert [m["artifact_path"] for m in history] == ["model"], history
assert len(client.get_metric_history(run.info.run_id, "log_loss")) == 3

model = expected["model"]
versions = {int(v.version): v for v in client.search_model_versions(f"name = '{model}'")}
assert {n: v.current_stage for n, v in versions.items()} == {1: "Production", 2: "Staging"}, versions
assert client.get_registered_model(model).aliases == {"champion": "1", "challenger": "2"}
assert versions[1].tags["churn.promoted_by"] == "maria"
for key, value in expected["version_tags"].items():
    assert versions[1].tags[key] == value, (key, versions[1].tags.get(key))

frame = pd.DataFrame(expected["rows"], columns=expected["columns"], dtype="float64")
addresses = [f"models:/{model}/1", f"models:/{model}@champion", f"models:/{model}/Production", f"runs:/{run.info.run_id}/model"]
largest = 0.0
for address in addresses:
    loaded = mlflow.pyfunc.load_model(address)
    predicted = loaded.predict(frame)
    largest = max(largest, *(abs(float(a) - b) for a, b in zip(predicted, expected["probabilities"], strict=True)))
    # the signature puts columns in order
    shuffled = loaded.predict(frame[list(reversed(expected["columns"]))])
    assert list(shuffled) == list(predicted)
assert largest < 1e-6, largest
assert isinstance(mlflow.xgboost.load_model(addresses[0]), xgboost.Booster)
signature = mlflow.models.get_model_info(addresses[0]).signature
assert signature.inputs.input_names() == expected["columns"]
example = mlflow.pyfunc.load_model(addresses[0]).input_example
assert list(example.columns) == expected["columns"] and (example == 0.5).all(axis=None), example

# and the other way round: churn reads on after Python has written
with mlflow.start_run(experiment_id=experiment.experiment_id, run_name="by Python") as by_python:
    mlflow.log_param("depth", 5)
    mlflow.log_metric("f1", float("nan"))
    mlflow.set_tag("churn.run_key", "another key")
client.transition_model_version_stage(model, 2, "Archived")
client.set_registered_model_alias(model, "by-python", 2)
client.set_model_version_tag(model, 2, "note", "no")
created = client.create_model_version(model, f"runs:/{run.info.run_id}/model", run.info.run_id)

print(
    json.dumps(
        {
            "mlflow": mlflow.__version__,
            "xgboost": xgboost.__version__,
            "largest_difference": largest,
            "run_by_python": by_python.info.run_id,
            "version_by_python": int(created.version),
        }
    )
)

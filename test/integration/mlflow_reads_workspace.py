"""Reads a workspace's runs and models as a colleague would who knows MLflow and not churn. Run it in the workspace.

python mlflow_reads_workspace.py '{"NIGHT": ["ADDRESS of a model of that night", …], …}'

Tracking is where MLflow looks for it: the folder mlruns, or MLFLOW_TRACKING_URI. Prints the experiment, the runs and the
versions that MLflow lists, and how far the model at each address, scoring the test customers of its night by each of its
two flavors, is from the night's predictions.parquet. RUN in an address stands for the id of the night's run.
"""

import json
import sys

import mlflow
import numpy as np
import pandas as pd
import xgboost

client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("churn")
runs = {run.data.tags["churn.night"]: run for run in client.search_runs([experiment.experiment_id])}


def artifacts_of(run_id, folder=None):
    for file in client.list_artifacts(run_id, folder):
        if file.is_dir:
            yield from artifacts_of(run_id, file.path)
        else:
            yield file.path, file.file_size


def inputs_of(run):
    for used in run.inputs.dataset_inputs:
        dataset = used.dataset
        yield {
            "name": dataset.name,
            "digest": dataset.digest,
            "source_type": dataset.source_type,
            "source": dataset.source,
            "schema": dataset.schema,
            "profile": dataset.profile,
            "tags": {tag.key: tag.value for tag in used.tags},
        }


def largest_difference(night, address):
    features = pd.read_parquet(f"features/{night}/test.parquet").drop(columns=["customer_id", "churned"])
    expected = pd.read_parquet(f"models/{night}/predictions.parquet")["probability"].to_numpy()
    # the signature puts columns in order, and drops what the model doesn't know
    shuffled = features[features.columns[::-1]].assign(unknown=0.0)
    found = address.replace("RUN", runs[night].info.run_id)
    served = mlflow.pyfunc.load_model(found).predict(shuffled)
    booster = mlflow.xgboost.load_model(found)
    scored = booster.predict(xgboost.DMatrix(features[booster.feature_names]))
    assert len(served) == len(scored) == len(expected) > 0
    return float(max(np.abs(served - expected).max(), np.abs(scored - expected).max()))


print(
    json.dumps(
        {
            "experiment": {"name": experiment.name, "lifecycle_stage": experiment.lifecycle_stage},
            "runs": {
                night: {
                    "run_id": run.info.run_id,
                    "name": run.info.run_name,
                    "status": run.info.status,
                    "params": run.data.params,
                    "metrics": run.data.metrics,
                    "tags": run.data.tags,
                    "inputs": list(inputs_of(run)),
                    "finished": run.info.end_time is not None and run.info.end_time >= run.info.start_time,
                    "artifacts": dict(artifacts_of(run.info.run_id)),
                    "artifact_uri": run.info.artifact_uri,
                }
                for night, run in runs.items()
            },
            "run_count": len(client.search_runs([experiment.experiment_id], run_view_type=3)),
            "versions": {
                version.version: {
                    "run_id": version.run_id,
                    "stage": version.current_stage,
                    "status": version.status,
                    "aliases": list(version.aliases),
                    "tags": version.tags,
                    "description": version.description,
                    "source": version.source,
                }
                for version in map(
                    lambda found: client.get_model_version(found.name, found.version),
                    client.search_model_versions("name = 'churn-model'"),
                )
            },
            "differences": {
                address: largest_difference(night, address)
                for night, addresses in json.loads(sys.argv[1]).items()
                for address in addresses
            },
        }
    )
)

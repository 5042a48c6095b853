"""Reads a workspace's tracking folder as a colleague would who knows MLflow and not churn. Run it in the workspace.

python mlflow_reads_workspace.py NIGHT ADDRESS...

Prints the runs and the versions that MLflow lists, and how far the model at each address, scoring the test customers of
its night, is from the night's predictions.parquet.
"""

import json
import sys

import mlflow
import numpy as np
import pandas as pd

night, addresses = sys.argv[1], sys.argv[2:]
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("churn")

features = pd.read_parquet(f"features/{night}/test.parquet").drop(columns=["customer_id", "churned"])
expected = pd.read_parquet(f"models/{night}/predictions.parquet")["probability"].to_numpy()


def largest_difference(address):
    # the signature puts columns in order, and drops what the model doesn't know
    shuffled = features[features.columns[::-1]].assign(unknown=0.0)
    return float(np.abs(mlflow.pyfunc.load_model(address).predict(shuffled) - expected).max())


print(
    json.dumps(
        {
            "runs": {
                run.data.tags["churn.night"]: {
                    "run_id": run.info.run_id,
                    "name": run.info.run_name,
                    "status": run.info.status,
                    "params": run.data.params,
                    "metrics": run.data.metrics,
                    "finished": run.info.end_time is not None and run.info.end_time >= run.info.start_time,
                    "artifacts": [file.path for file in client.list_artifacts(run.info.run_id)],
                }
                for run in client.search_runs([experiment.experiment_id])
            },
            "versions": {
                version.version: {
                    "run_id": version.run_id,
                    "stage": version.current_stage,
                    "status": version.status,
                    "aliases": version.aliases,
                    "tags": version.tags,
                }
                for version in map(
                    lambda found: client.get_model_version(found.name, found.version),
                    client.search_model_versions("name = 'churn-model'"),
                )
            },
            "differences": {address: largest_difference(address) for address in addresses},
        }
    )
)

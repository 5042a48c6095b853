"""Moves a registered model's versions as a colleague would in MLflow's pages. Run it in the workspace.

python mlflow_moves_versions.py MODEL STEP...

A step is stage=VERSION:STAGE or alias=VERSION:ALIAS. Prints the versions as MLflow has them then.
"""

import json
import sys

import mlflow

model, steps = sys.argv[1], sys.argv[2:]
client = mlflow.MlflowClient()

for step in steps:
    kind, _, what = step.partition("=")
    version, _, name = what.partition(":")
    if kind == "stage":
        client.transition_model_version_stage(model, version, name)
    else:
        client.set_registered_model_alias(model, name, version)

found = [client.get_model_version(model, v.version) for v in client.search_model_versions(f"name='{model}'")]
print(
    json.dumps(
        {
            str(v.version): {
                "stage": v.current_stage,
                "aliases": list(v.aliases),
                "tags": v.tags,
                "description": v.description,
            }
            for v in found
        }
    )
)

"""Compares the matrices of a night with those that pandas makes of its raw customers.

python features.py WORKSPACE NIGHT

Prints for each side: rows, churned, the columns of churn's file with their types, and how many ids and values differ from
pandas' own, bit by bit.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from customers import matrices, read_customers

workspace, night = Path(sys.argv[1]), sys.argv[2]


def compare(ours, theirs):
    same_shape = list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs)
    return {
        "rows": len(theirs),
        "churned": int(theirs["churned"].sum()),
        "columns": {name: str(kind) for name, kind in theirs.dtypes.items()},
        "pandas_columns": {name: str(kind) for name, kind in ours.dtypes.items()},
        "differing": {c: int((ours[c] != theirs[c]).sum()) for c in ours.columns} if same_shape else None,
    }


train, test = matrices(read_customers(workspace / "raw" / night / "customers.parquet"))
folder = workspace / "features" / night
print(
    json.dumps(
        {
            "train": compare(train, pd.read_parquet(folder / "train.parquet")),
            "test": compare(test, pd.read_parquet(folder / "test.parquet")),
        }
    )
)

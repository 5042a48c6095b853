"""The sample's churn.yaml once more, in pandas: from the raw customers of a night to the model's matrix.

Written from the rules, not from churn's code, and needs no file of churn's but raw/NIGHT/customers.parquet.
"""

import hashlib

import numpy as np
import pandas as pd

FEATURES = [
    "tenure_months",
    "monthly_charges",
    "total_charges",
    "avg_monthly",
    "contract_type_Month-to-month",
    "contract_type_One year",
    "contract_type_Two year",
    "payment_method_Bank transfer",
    "payment_method_Credit card",
    "payment_method_Electronic check",
]
SALT = "churn"
TEST_SHARE = 0.2


def on_test_side(customer_id):
    """The first 8 hex digits of SHA-256(salt, id) modulo 10,000: a customer stays on its side for life."""
    digest = hashlib.sha256((SALT + customer_id).encode("utf-8")).hexdigest()
    return int(digest[:8], 16) % 10_000 < 10_000 * TEST_SHARE


def read_customers(file):
    """Customers with an id and a label, each once."""
    raw = pd.read_parquet(file)
    return raw[raw["customer_id"].notna() & raw["churned"].notna()].drop_duplicates("customer_id")


def matrices(customers):
    """Train and test side, each with the id, the features as float32 and the label, ordered by id."""
    prepared = customers.fillna({"total_charges": 0})
    prepared["avg_monthly"] = prepared["total_charges"] / (prepared["tenure_months"] + 1)
    prepared = pd.get_dummies(prepared, columns=["contract_type", "payment_method"])
    matrix = prepared[FEATURES].astype(np.float32)
    matrix.insert(0, "customer_id", prepared["customer_id"])
    matrix["churned"] = prepared["churned"].astype(np.uint8)
    matrix = matrix.sort_values("customer_id", ignore_index=True)
    test = matrix["customer_id"].map(on_test_side)
    return matrix[~test].reset_index(drop=True), matrix[test].reset_index(drop=True)

/** What lies beside churn.yaml in a new workspace. */

export const envExample = `# Secrets of this workspace, one NAME="value" a line. They are never in churn.yaml.
# To use this file: cp .env.example .env, mode 0600. churn refuses a .env that others can read.
#
# The environment wins over .env: NAME, or NAME_FILE with the path of a file (mode 0600) that holds the value.
# Cron gives a run hardly any environment, so a nightly run takes its secrets from .env.
#
# Local files as source, store and tracking need no secret.

# An MLflow server: its address, where churn.yaml doesn't say it, and a login: user and password, or a token
# MLFLOW_TRACKING_URI=""
# MLFLOW_TRACKING_USERNAME=""
# MLFLOW_TRACKING_PASSWORD=""
# MLFLOW_TRACKING_TOKEN=""

# The password of the user in source.url, for postgres:// or mysql://. PostgreSQL's is found in ~/.pgpass too.
# PGPASSWORD=""
# MYSQL_PWD=""

# Keys of the buckets in store and source.url, where neither s3.profile nor the machine's own role has them; a token with a session's
# AWS_ACCESS_KEY_ID=""
# AWS_SECRET_ACCESS_KEY=""
# AWS_SESSION_TOKEN=""

# Slack: a bot's token, or a webhook's address
# SLACK_BOT_TOKEN=""
# SLACK_WEBHOOK_URL=""
# E-mail: the password of notify.email.smtp.user, or the whole way: smtp://USER:PASSWORD@HOST:PORT
# SMTP_PASSWORD=""
# SMTP_URL=""
# The webhook's address, and the secret by which its receiver knows churn
# NOTIFY_WEBHOOK_URL=""
# NOTIFY_WEBHOOK_SECRET=""
# A check of healthchecks.io that each run pings
# HEARTBEAT_URL=""
`;

export const gitignore = `# Secrets
/.env

# What churn writes
/workspace.json
/.churn/
/raw/
/processed/
/features/
/models/
/records/
/notifications/
/logs/
/mlruns/

# Customers
*.duckdb
*.duckdb.wal
*.parquet
*.csv
`;

/** Each target of a stage's name runs it, after the ones it builds on. */
export const makefile = `# make DATE=2026-11-23 runs the night stage by stage, make train DATE=2026-11-23 up to train.
# churn decides itself what is up to date. From cron use churn run-all: make turns every failure into its own exit code 2.

DATE ?= today
# Asked once: today stays what it was when make began, past midnight too.
export CHURN_NOW := $(shell date +%s)

.PHONY: pipeline native extract validate transform features train evaluate compare register notify

pipeline: notify

validate: extract
transform: validate
features: transform
train: features
evaluate: train
compare: evaluate
register: compare
notify: register

extract validate transform features train evaluate compare register notify:
	churn $@ --date $(DATE)

# Once: libxgboost, which trains faster, into this folder. It says what it does, and asks.
native:
	churn setup native
`;

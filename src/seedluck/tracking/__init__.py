"""What MLflow is told before it is imported: to be quick about a server that is gone, and quiet."""

import logging
import os

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # the default tries for minutes
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")  # seconds
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing leaves this machine unasked
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # two lines for every run of a sweep

logging.getLogger("urllib3").setLevel(logging.ERROR)  # each try would be a line on the screen
for name in ("mlflow.store", "sqlalchemy", "alembic"):  # a full disk would be thousands of lines; we say what is wrong
    logging.getLogger(name).setLevel(logging.CRITICAL)

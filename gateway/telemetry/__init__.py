"""Events as metrics and log lines."""

"""The gateway in front of Runway: budgets, reuse, metrics."""

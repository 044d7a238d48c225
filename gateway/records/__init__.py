"""The memory: teams, keys, policies, generations, tasks and ledger entries in SQL."""

"""Put in PYTHONPATH by whoever wants a clock that runs ahead."""

"""A server that fakes Runway, with its task life cycle, prices, limits and faults."""

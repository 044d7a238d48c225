"""An example: a small pipeline that uses Runway, and its tests with runway-mock. Copy it and begin."""

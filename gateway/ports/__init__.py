"""What flows and web need from outside, as protocols."""

"""How fast the gateway is: `make bench`. README.md holds figures, and what was chosen because of them."""

"""`python -m gateway` is `runway-gateway`."""

from gateway.cli import main

main()

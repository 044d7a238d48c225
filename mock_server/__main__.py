"""`python -m mock_server` is `runway-mock`."""

from mock_server.cli import main

main()

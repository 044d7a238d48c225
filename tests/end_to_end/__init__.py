"""The whole product from outside: the official SDK, a running gateway, a running mock server."""

"""What holds for all tests."""

import pytest

pytest.register_assert_rewrite("tests.support")  # so that what tests stand on says as much when it fails

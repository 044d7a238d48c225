"""One file per step, never changed after it was released."""

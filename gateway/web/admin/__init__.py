"""Administration over HTTP: one file per subject, all of it for holders of an admin key."""

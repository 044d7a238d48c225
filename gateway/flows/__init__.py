"""Tell the story: one file per story, one public method that reads as its steps."""

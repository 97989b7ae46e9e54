"""Step 6 of the tutorial, improve and repeat: what is wrong with a run, and which of two is better."""

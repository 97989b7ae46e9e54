"""Step 6 of the tutorial, improve and repeat: the problems of a run, and which of two runs is better."""

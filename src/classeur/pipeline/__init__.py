"""Step 2 of the tutorial, feed it: what varies is drawn ahead, pictures are warped once, batches never wait."""

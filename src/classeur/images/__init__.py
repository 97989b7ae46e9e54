"""From files to pixels: upright RGB, resized by one routine, decoded once."""

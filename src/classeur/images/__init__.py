"""The one way to the pixels: files to upright RGB, resized by one routine, kept once."""

"""Output for people: pictures, progress and sentences."""

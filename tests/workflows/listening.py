"""A reporter that keeps what a person would read, for the tests of this room."""

from classeur.delivery.progress import Reporter


class Listener(Reporter):
    """Keeps what is said, what is warned of, and both in their order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.warned: list[str] = []
        self.told: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)
        self.told.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)
        self.told.append(text)

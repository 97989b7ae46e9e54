"""`python -m classeur`."""

from classeur.cli import main

if __name__ == "__main__":
    main()

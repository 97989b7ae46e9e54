"""What takes several rooms: each command of the command line as one function of the same name and words."""

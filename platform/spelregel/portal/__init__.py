"""One folder per thing that people do. Features never import each other."""

"""The sessions of real frameworks."""

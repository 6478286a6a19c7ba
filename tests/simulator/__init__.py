"""The simulator: its reading of the manual, and how it misbehaves when told to."""

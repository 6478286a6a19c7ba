"""SENCE's manual, read back: no test here needs a clock, a file or a network."""

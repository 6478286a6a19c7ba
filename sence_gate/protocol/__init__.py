"""SENCE's manual as Python: pure values, no clock, network, file or randomness."""

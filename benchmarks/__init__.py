"""What the gate costs, as differences and ratios within one run. `make bench`."""

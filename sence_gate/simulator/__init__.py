"""A SENCE to develop against: its own reading of the manual, independent of the gate's."""

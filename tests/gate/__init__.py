"""Tests of the gate: what it decides, and what it remembers."""

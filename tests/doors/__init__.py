"""Tests with real servers in front of the gate, or around it."""

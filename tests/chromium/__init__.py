"""Whole trips in a real browser: campus and gate on one site, the simulator on another."""

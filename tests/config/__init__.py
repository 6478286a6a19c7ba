"""Tests of the settings: what loads, what is refused, and in which words."""

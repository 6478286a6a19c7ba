"""Tests mirror the package: one folder a room."""

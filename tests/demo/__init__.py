"""Tests of the demonstration: the campus and the browser that walks through it."""

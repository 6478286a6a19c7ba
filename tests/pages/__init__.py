"""Tests of what learners see."""

"""Whole trips of learners: campus, gate and SENCE on two sites, one clock for all."""

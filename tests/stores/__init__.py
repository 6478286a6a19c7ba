"""Tests of the stores: what all of them promise, and what each one adds."""
